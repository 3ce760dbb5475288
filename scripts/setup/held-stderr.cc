// A small addon that holds back what native libraries write to standard error. TensorFlow's library
// writes lines of its log while it is loaded, before a program can change its log level. See
// src/tensor/load-quietly.ts.
//
//   hold()     standard error goes into a temporary file; false when that is not possible
//   release()  restores standard error, and returns what was written meanwhile
//
// When the process ends or crashes in between, the text is written to the real standard error.
#include <fcntl.h>
#include <node_api.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

namespace {

const int kCrashes[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};
constexpr int kNumberOfCrashes = sizeof(kCrashes) / sizeof(kCrashes[0]);

// The real standard error and the temporary file; -1 while nothing is held.
int real_stderr = -1;
int held = -1;
// Bytes of the file that were written to the real standard error.
off_t passed_on = 0;
struct sigaction earlier_actions[kNumberOfCrashes];

// Copies the rest of the file to the real standard error. It only makes system calls that a handler
// of a signal may make.
void PassOn() {
  if (held < 0) return;
  char buffer[4096];
  for (ssize_t size; (size = pread(held, buffer, sizeof(buffer), passed_on)) > 0;) {
    const ssize_t written = write(real_stderr, buffer, size);
    if (written < 0) return;
    passed_on += written;
  }
}

void RestoreActions() {
  for (int i = 0; i < kNumberOfCrashes; i++) sigaction(kCrashes[i], &earlier_actions[i], nullptr);
}

// Afterwards the instruction that crashed runs again, under the earlier actions.
void OnCrash(int) {
  PassOn();
  RestoreActions();
}

// An open file without a name.
int OpenTemporaryFile() {
  const char* folder = getenv("TMPDIR");
  std::string path = std::string(folder && *folder ? folder : "/tmp") + "/stderr-XXXXXX";
  const int file = mkstemp(&path[0]);
  if (file < 0) return -1;
  unlink(path.c_str());
  fcntl(file, F_SETFD, FD_CLOEXEC);
  return file;
}

bool StartHolding() {
  if (held >= 0) return false;
  const int file = OpenTemporaryFile();
  if (file < 0) return false;
  real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (real_stderr < 0 || dup2(file, STDERR_FILENO) < 0) {
    if (real_stderr >= 0) close(real_stderr);
    close(file);
    return false;
  }
  held = file;
  passed_on = 0;
  struct sigaction action = {};
  action.sa_handler = OnCrash;
  for (int i = 0; i < kNumberOfCrashes; i++) sigaction(kCrashes[i], &action, &earlier_actions[i]);
  return true;
}

std::string StopHolding() {
  std::string text;
  if (held < 0) return text;
  char buffer[4096];
  lseek(held, 0, SEEK_SET);
  for (ssize_t size; (size = read(held, buffer, sizeof(buffer))) > 0;) text.append(buffer, size);
  dup2(real_stderr, STDERR_FILENO);
  RestoreActions();
  close(real_stderr);
  close(held);
  held = -1;
  return text;
}

napi_value Hold(napi_env env, napi_callback_info) {
  napi_value result;
  napi_get_boolean(env, StartHolding(), &result);
  return result;
}

napi_value Release(napi_env env, napi_callback_info) {
  const std::string text = StopHolding();
  napi_value result;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

napi_value Init(napi_env env, napi_value exports) {
  atexit(PassOn);
  napi_value hold;
  napi_value release;
  napi_create_function(env, "hold", NAPI_AUTO_LENGTH, Hold, nullptr, &hold);
  napi_create_function(env, "release", NAPI_AUTO_LENGTH, Release, nullptr, &release);
  napi_set_named_property(env, exports, "hold", hold);
  napi_set_named_property(env, exports, "release", release);
  return exports;
}

}  // namespace

NAPI_MODULE(held_stderr, Init)
