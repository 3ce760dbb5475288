// TensorFlow.js's addon gives an operation's attributes one string or one type each. Some
// operations want lists of them: a fused convolution the names of what is fused into it. This
// header is compiled into the addon ahead of its own files (see addon.mjs) and replaces two calls
// of TensorFlow's C API: an attribute that the operation declares as a list gets a list. A string
// is split at its commas, a type becomes a list of one.
#pragma once

#include <string>
#include <vector>

#include "tensorflow/c/eager/c_api.h"

namespace list_attributes {

inline bool IsList(TFE_Op* op, const char* name) {
  TF_Status* status = TF_NewStatus();
  unsigned char is_list = 0;
  TFE_OpGetAttrType(op, name, &is_list, status);
  // Attributes that only the runtime knows, such as `_kernel`, are not declared: they are plain
  // ones.
  const bool declared = TF_GetCode(status) == TF_OK;
  TF_DeleteStatus(status);
  return declared && is_list;
}

inline void SetString(TFE_Op* op, const char* name, const void* value, size_t length) {
  if (!IsList(op, name)) {
    TFE_OpSetAttrString(op, name, value, length);
    return;
  }
  const char* text = static_cast<const char*>(value);
  std::vector<const void*> parts;
  std::vector<size_t> lengths;
  size_t start = 0;
  for (size_t end = 0; end <= length; end++) {
    if (end < length && text[end] != ',') continue;
    parts.push_back(text + start);
    lengths.push_back(end - start);
    start = end + 1;
  }
  TFE_OpSetAttrStringList(op, name, parts.data(), lengths.data(), static_cast<int>(parts.size()));
}

inline void SetType(TFE_Op* op, const char* name, TF_DataType value) {
  if (IsList(op, name)) {
    TFE_OpSetAttrTypeList(op, name, &value, 1);
  } else {
    TFE_OpSetAttrType(op, name, value);
  }
}

}  // namespace list_attributes

#define TFE_OpSetAttrString list_attributes::SetString
#define TFE_OpSetAttrType list_attributes::SetType
