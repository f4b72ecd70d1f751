// The OpenAPI 3.1 document of a table of routes. It is printed from the table that the server works by and from nothing
// else.
#pragma once

#include <map>
#include <span>
#include <string>

#include "common/http/route.h"

namespace loa::http {

struct ApiDescription {
  std::string title;
  std::string version;
  std::string description;
  std::map<std::string, std::string> schemas;  // name → JSON Schema (2020-12) as JSON text; "Error" is ours
  std::string security_scheme;                 // JSON text of the one scheme that routes with roles need
};

// JSON text. Throws std::logic_error when a route names a schema that is not there, a schema is not JSON, or a schema's
// $ref leads nowhere.
[[nodiscard]] std::string openapi_document(const ApiDescription& api, std::span<const Route> routes);

}  // namespace loa::http
