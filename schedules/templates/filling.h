// What reading a template and filling it in share. Internal to schedules/templates.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "schedules/templates/template.h"

namespace loa::templates {

inline constexpr std::array<std::string_view, 7> kWeekdays = {"su", "mo", "tu", "we", "th", "fr", "sa"};

// fill(), and while it throws, `field` is the key of the result that could not be made; empty for a parameter.
[[nodiscard]] Draft fill_field_by_field(const Template& form, const Values& values, const Ward& ward,
                                        std::string& field);

// The names between braces, in their order.
[[nodiscard]] std::vector<std::string> references_of(std::string_view text);

}  // namespace loa::templates
