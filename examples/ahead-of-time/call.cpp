// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "quantize.h"

#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <vector>

struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> data;
};

static void check(const char *error) {
  if (error)
    throw std::runtime_error(error);
}

static Tensor quantizeChannels(const Tensor &x,
                               const std::vector<float> &scale) {
  const std::int64_t numScales = scale.size();
  Tensor y;
  y.shape.resize(3);
  check(quantize_result_shapes(x.data.data(), x.shape[0], x.shape[1],
                               x.shape[2], scale.data(), numScales,
                               y.shape.data()));
  y.data.resize(y.shape[0] * y.shape[1] * y.shape[2]);
  check(quantize(x.data.data(), x.shape[0], x.shape[1], x.shape[2],
                 scale.data(), numScales, y.data.data()));
  return y;
}

int main() {
  const Tensor x{{1, 3, 2}, {-1.0f, 2.5f, 1.5f, 2.25f, 0.1f, 9.0f}};
  const Tensor y = quantizeChannels(x, {1.0f, 0.5f, 0.25f});
  for (std::int64_t channel = 0; channel < y.shape[1]; ++channel)
    std::cout << y.data[2 * channel] << ' ' << y.data[2 * channel + 1] << '\n';
  try {
    quantizeChannels(x, {1.0f, 0.5f});
  } catch (const std::runtime_error &error) {
    std::cout << error.what() << '\n';
  }
}
