/**
 * Property tests end at their first failure. A search for the smallest failing input would take
 * minutes for each change, and a failure is all that mutation testing asks for.
 */
"use strict";

require("fast-check").configureGlobal({ endOnFailure: true });
