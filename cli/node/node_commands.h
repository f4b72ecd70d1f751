// `loa node …`: who may be a loudspeaker of this ward, over the server's HTTP interface.
#pragma once

#include <iosfwd>
#include <string>

#include "cli/office.h"

namespace loa::cli {

enum class CodePicture { kNone, kQr };

struct AddNodeArguments {
  OfficeArguments office;
  std::string node;
  std::string area;
  std::string name;
  CodePicture picture = CodePicture::kNone;
};
struct MakeCodeArguments {
  OfficeArguments office;
  std::string node;
  CodePicture picture = CodePicture::kNone;
};
struct RevokeNodeArguments {
  OfficeArguments office;
  std::string node;
  std::string why;
};

struct TestNodeArguments {
  OfficeArguments office;
  std::string node;
  int volume_pct = 50;
};

// Each: 0, or 1 after exactly one line on `err` that says why.
[[nodiscard]] int run_add_node(const AddNodeArguments& arguments, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_make_code(const MakeCodeArguments& arguments, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_revoke_node(const RevokeNodeArguments& arguments, std::ostream& out, std::ostream& err);
// Prints what was commanded, rendered and heard; 1 when the tone is not known to have gone out and been heard as far as
// anything listens. Waits up to 90 s for the node's word.
[[nodiscard]] int run_test_node(const TestNodeArguments& arguments, std::ostream& out, std::ostream& err);
[[nodiscard]] int run_list_nodes(const OfficeArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
