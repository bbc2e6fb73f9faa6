//===- AffineStatsTest.cpp - Statistics that are rescaled -----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs examples/affine-stats, and its gradients, on what Brevitas computes.
//
// Figures: Brevitas 0.12.1 with PyTorch 1.13.1, QuantReLU of 4 bits, one scale
// for each of three channels, scaling_impl_type AFFINE_STATS, scaling_stats_op
// MAX, scaling_affine_rescaling_init 1; per step, float and power of two
// (Uint8ActPerTensorFixedPoint). Its scaling_affine_shifting_init fails (it
// registers a tensor where a parameter is asked for), so that the parameter
// affine_bias was put there by hand. The third channel has no positive value in
// training.
//
//===----------------------------------------------------------------------===//

#include "../Execution/TestProgram.h"

#include "QuantAct/Dialect/QuantAct/Transforms/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

using namespace quant_act;

namespace {

using Numbers = std::vector<float>;

/// One step of a layer, with its gradients where that of y is `gradient`.
struct Step {
  const char *function;
  Numbers x, y, scale, running, dx, dWeight, dBias;
};

const Numbers weight = {0.75f, -1.5f, 2.0f};
const Numbers bias = {0.1f, 0.3f, 0.0f};
const Numbers gradient = {0.5f,  -1.25f, 2.0f,  0.75f, 1.0f, -0.5f,
                          0.25f, 1.5f,   -1.0f, 2.0f,  0.5f, 0.125f};

const Numbers firstX = {0.3f,  -1.1f, 2.7f, 0.45f, 5.2f,  0.9f,
                        -3.3f, 7.1f,  0.0f, -0.5f, -2.0f, -0.25f};
const Numbers secondX = {1.9f, 0.2f,  -0.7f, 1.3f,    2.2f, 6.4f,
                         0.1f, -4.0f, -1.0f, -0.125f, 0.0f, -3.0f};
const Numbers evaluatedX = {-0.6f, 1.45f, 0.8f, 2.1f,  3.3f,  -2.2f,
                            8.75f, 0.6f,  0.5f, -1.0f, 0.01f, -4.0f};

const std::vector<Step> floatLife = {
    {"train",
     firstX,
     {0.28333333f, 0.0f, 2.125f, 0.425f, 5.5199995f, 0.68999994f, 0.0f,
      6.8999996f, 0.0f, 0.0f, 0.0f, 0.0f},
     {0.14166667f, 0.68999994f, 1.3333334e-11f},
     {2.7f, 7.1f, 0.0f},
     {0.5f, 0.0f, 1.4904411f, 0.75f, 1.0f, -0.5f, 0.0f, 1.5181156f, 0.0f, 0.0f,
      0.0f, 0.0f},
     {5.365588f, -0.08574814f, 0.0f},
     {1.9872549f, -0.012077204f, 0.0f}},
    {"train",
     secondX,
     {1.525f, 0.20333333f, 0.0f, 1.3216667f, 2.48f, 6.2f, 0.0f, 0.0f, 0.0f,
      0.0f, 0.0f, 0.0f},
     {0.10166667f, 0.62f, 1.3333334e-11f},
     {2.6200001f, 7.0299997f, 0.0f},
     {0.3809426f, -1.25f, 0.0f, 0.75f, 1.0f, -0.44274196f, 0.25f, 0.0f, 0.0f,
      0.0f, 0.0f, 0.0f},
     {0.96505463f, -0.24430095f, 0.0f},
     {0.5079235f, -0.03817202f, 0.0f}},
    {"evaluate",
     evaluatedX,
     {0.0f, 1.5143334f, 0.82600003f, 2.065f, 3.415f, 0.0f, 8.879f, 0.68299997f,
      2.0e-10f, 0.0f, 2.0e-10f, 0.0f},
     {0.13766667f, 0.68299997f, 1.3333334e-11f},
     {2.6200001f, 7.0299997f, 0.0f},
     {0.0f, -1.25f, 2.0f, 0.75f, 1.0f, 0.0f, 0.25f, 1.4999999f, 0.0f, 0.0f,
      0.0f, 0.0f},
     {-0.06935905f, -0.18647155f, -5.0e-11f},
     {-0.026472919f, -0.026525116f, -0.5f}}};

const std::vector<Step> powerOfTwoLife = {
    {"train_power_of_two",
     firstX,
     {0.25f, 0.0f, 2.75f, 0.5f, 0.1171875f, 0.1171875f, 0.0f, 0.1171875f, 0.0f,
      0.0f, 0.0f, 0.0f},
     {0.25f, 0.0078125f, 6.25e-12f},
     {2.7f, 7.1f, 0.0f},
     {0.5f, 0.0f, 2.03125f, 0.75f, 0.0f, 0.0f, 0.0f, -0.049515843f, 0.0f, 0.0f,
      0.0f, 0.0f},
     {0.11174054f, 0.4593972f, -0.0f},
     {0.07797886f, 0.16245636f, 0.0f}},
    {"train_power_of_two",
     secondX,
     {1.875f, 0.25f, 0.0f, 1.25f, 0.1171875f, 0.1171875f, 0.1015625f, 0.0f,
      0.0f, 0.0f, 0.0f, 0.0f},
     {0.125f, 0.0078125f, 6.25e-12f},
     {2.6200001f, 7.0299997f, 0.0f},
     {0.45559213f, -1.25f, 0.0f, 0.75f, 0.0f, -0.013824464f, 0.25f, 0.0f, 0.0f,
      0.0f, 0.0f, 0.0f},
     {-0.07220853f, 0.109492585f, -0.0f},
     {-0.07797903f, 0.040884856f, 0.0f}}};

HostTensor makeTensor(llvm::ArrayRef<int64_t> shape, const Numbers &numbers) {
  HostTensor tensor(ElementType::F32, shape);
  for (auto [i, number] : llvm::enumerate(numbers))
    tensor.setDouble(i, number);
  return tensor;
}

void expectBits(const HostTensor &actual, const Numbers &expected,
                const char *what) {
  EXPECT_TRUE(equalBits(actual, makeTensor(actual.getShape(), expected)))
      << what;
}

/// Gradients are summed in another order there.
void expectClose(const HostTensor &actual, const Numbers &expected,
                 const char *what) {
  double magnitude = 0;
  for (float number : expected)
    magnitude = std::max<double>(magnitude, std::abs(number));
  for (auto [i, number] : llvm::enumerate(expected))
    EXPECT_NEAR(actual.getDouble(i), number, 1e-4 * magnitude)
        << what << ", element " << i;
}

class AffineStats : public ::testing::TestWithParam<bool> {
protected:
  AffineStats() : program(readExample()) {
    mlir::PassManager pm(program.getModule().getContext());
    pm.addPass(createQuantActDeriveBackward());
    EXPECT_TRUE(succeeded(pm.run(program.getModule())));
  }

  void runLife(const std::vector<Step> &life) {
    HostTensor running = makeTensor({3}, {1, 1, 1});
    HostTensor count(ElementType::I64, {});
    for (auto [i, step] : llvm::enumerate(life)) {
      SCOPED_TRACE(i);
      bool trains = llvm::StringRef(step.function) != "evaluate";
      HostTensor x = makeTensor({1, 3, 2, 2}, step.x);
      HostTensor w = makeTensor({3}, weight), b = makeTensor({3}, bias);
      std::vector<const HostTensor *> arguments = {&x, &w, &b, &running};
      if (trains)
        arguments.push_back(&count);
      std::vector<HostTensor> results = call(step.function, arguments);
      compareGradients(step, arguments, trains);
      ASSERT_FALSE(results.empty());
      expectBits(results[0], step.y, "y");
      expectBits(results[1], step.scale, "scale");
      if (trains) {
        running = results[2];
        count = results[3];
      }
      expectBits(running, step.running, "running");
    }
  }

private:
  static std::string readExample() {
    auto buffer = llvm::MemoryBuffer::getFile(AFFINE_STATS_EXAMPLE);
    EXPECT_TRUE(static_cast<bool>(buffer)) << AFFINE_STATS_EXAMPLE;
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  std::vector<HostTensor> call(llvm::StringRef function,
                               llvm::ArrayRef<const HostTensor *> arguments) {
    auto results = GetParam() ? program.runCompiled(function, arguments)
                              : program.interpret(function, arguments);
    if (results)
      return std::move(*results);
    ADD_FAILURE() << llvm::toString(results.takeError());
    return {};
  }

  /// The gradients where those of all results but y are zero.
  void compareGradients(const Step &step,
                        std::vector<const HostTensor *> arguments,
                        bool trains) {
    HostTensor g = makeTensor({1, 3, 2, 2}, gradient);
    HostTensor zeros = makeTensor({3}, {0, 0, 0});
    arguments.insert(arguments.end(), {&g, &zeros});
    if (trains)
      arguments.push_back(&zeros);
    std::vector<HostTensor> results =
        call(std::string(step.function) + "_backward", arguments);
    ASSERT_FALSE(results.empty());
    expectClose(results[0], step.dx, "dx");
    expectClose(results[1], step.dWeight, "d_weight");
    expectClose(results[2], step.dBias, "d_bias");
  }

  TestProgram program;
};

TEST_P(AffineStats, Float) { runLife(floatLife); }
TEST_P(AffineStats, PowerOfTwo) { runLife(powerOfTwoLife); }

INSTANTIATE_TEST_SUITE_P(Brevitas, AffineStats, ::testing::Bool(),
                         [](const auto &info) {
                           return info.param ? "compiled" : "interpreted";
                         });

} // namespace
