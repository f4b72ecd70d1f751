#include "common/qr/qr.h"

#include <regex>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

namespace loa::qr {
namespace {

// One character for each module of the picture, '#' where it is dark.
std::vector<std::string> modules_of(const std::string& picture) {
  std::vector<std::string> rows;
  std::istringstream lines(picture);
  for (std::string line; std::getline(lines, line);) {
    std::string upper;
    std::string lower;
    for (std::size_t i = 0; i < line.size();) {
      const bool is_block = line[i] != ' ';
      const std::string cell = line.substr(i, is_block ? 3 : 1);
      upper += cell == " " || cell == "▄" ? '#' : '.';
      lower += cell == " " || cell == "▀" ? '#' : '.';
      i += cell.size();
    }
    rows.push_back(upper);
    rows.push_back(lower);
  }
  return rows;
}

TEST(QrPicture, HasItsThreeCornersAndAQuietZone) {
  const std::vector<std::string> rows = modules_of(text_picture("loa-node enrol --server https://loa.phulien.vn:8443"));
  const std::size_t width = rows.at(0).size();
  for (const std::string& row : rows) ASSERT_EQ(row.size(), width);
  for (int y = 0; y < 4; ++y) EXPECT_EQ(rows.at(static_cast<std::size_t>(y)), std::string(width, '.'));
  // ISO/IEC 18004 §6.3.3: 7 modules, rings of 1, 1 and 3.
  const std::vector<std::string> finder = {"#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"};
  const std::size_t far = width - 4 - 7;
  for (std::size_t y = 0; y < 7; ++y) {
    EXPECT_EQ(rows.at(4 + y).substr(4, 7), finder[y]);
    EXPECT_EQ(rows.at(4 + y).substr(far, 7), finder[y]);
    EXPECT_EQ(rows.at(far + y).substr(4, 7), finder[y]);
  }
}

TEST(QrPicture, WhatIsTooLongIsRefused) {
  EXPECT_THROW((void)text_picture(std::string(5000, 'x')), Error);
}

TEST(QrPicture, AsADrawingIsTheSameCode) {
  const std::string text = "https://loa.phulien.vn/p/tdp-03";
  std::vector<std::string> rows = modules_of(text_picture(text));
  const std::size_t width = rows.at(0).size();
  rows.resize(width);  // the terminal's last line may have half a row too many
  const std::string drawing = svg(text, Correction::kMedium);
  EXPECT_NE(drawing.find("viewBox=\"0 0 " + std::to_string(width) + " " + std::to_string(width) + "\""),
            std::string::npos);
  std::vector<std::string> drawn(width, std::string(width, '.'));
  const std::regex run(R"(M(\d+) (\d+)h(\d+)v1h-(\d+)z)");
  for (auto at = std::sregex_iterator(drawing.begin(), drawing.end(), run); at != std::sregex_iterator(); ++at) {
    EXPECT_EQ((*at)[3], (*at)[4]);
    const std::size_t x = std::stoul((*at)[1]);
    const std::size_t length = std::stoul((*at)[3]);
    drawn.at(std::stoul((*at)[2])).replace(x, length, length, '#');
  }
  EXPECT_EQ(drawn, rows);
}

TEST(QrPicture, OfAPoleStandsMoreDamage) {
  const std::string text = "https://loa.phulien.vn/p/tdp-03";
  EXPECT_GT(svg(text, Correction::kHigh).size(), svg(text, Correction::kMedium).size());
}

}  // namespace
}  // namespace loa::qr
