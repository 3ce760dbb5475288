// TensorFlow.js's addon passes one string or one type for each attribute of an operation. Some
// operations need lists: a fused convolution needs the names of the operations fused into it. This
// header is compiled into the addon before the addon's own files (see addon.mjs). It replaces two
// calls of TensorFlow's C API, so that an attribute that the operation declares as a list gets a
// list: a string is split at its commas, and a type becomes a list of one.
#pragma once

#include <string>
#include <vector>

#include "tensorflow/c/eager/c_api.h"

namespace list_attributes {

inline bool IsList(TFE_Op* op, const char* name) {
  TF_Status* status = TF_NewStatus();
  unsigned char is_list = 0;
  TFE_OpGetAttrType(op, name, &is_list, status);
  // Attributes of the runtime, such as `_kernel`, are not declared: they are not lists.
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
