// JSON Schema (2020-12) as far as our OpenAPI document uses it. A keyword it does not know is a problem, so that a
// schema never says more than is checked.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace loa::test {

// The first thing in `value` that breaks `schema`, with its place; empty when all is well. `document` is where $ref
// leads.
[[nodiscard]] std::string schema_problem(const nlohmann::json& document, const nlohmann::json& schema,
                                         const nlohmann::json& value);

}  // namespace loa::test
