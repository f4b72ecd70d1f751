#include "cli/told.h"

#include <exception>

namespace loa::cli {

int told(std::ostream& err, const std::function<void(Language)>& deed) {
  const Language language = language_of_environment();
  try {
    deed(language);
    return 0;
  } catch (const Error& error) {
    err << render(error.text(), language) << "\n";
  } catch (const std::exception& error) {
    err << error.what() << "\n";
  }
  return 1;
}

}  // namespace loa::cli
