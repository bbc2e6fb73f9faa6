//===- FuseSiblings.cpp - One op for ops over the same elements -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/RegionUtils.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTFUSESIBLINGS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using linalg::GenericOp;

/// The inputs that have an element for each of the loops' indices.
static SmallVector<Value> getElements(GenericOp op) {
  SmallVector<Value> elements;
  for (OpOperand *operand : op.getDpsInputOperands())
    if (op.getMatchingIndexingMap(operand).isIdentity())
      elements.push_back(operand->get());
  return elements;
}

/// Transcendental functions are computed by scalars, which would make one of
/// the rest.
static bool hasScalarFunctions(GenericOp op) {
  return llvm::any_of(op.getBody()->getOperations(), [](Operation &nested) {
    return isa<math::Log2Op, math::Exp2Op>(nested);
  });
}

static bool isCandidate(GenericOp op) {
  return op.hasPureTensorSemantics() && op.getNumLoops() != 0 &&
         !hasScalarFunctions(op);
}

/// Whether both ops walk through elements of one tensor, which one of them
/// would read again.
static bool shareElements(GenericOp a, GenericOp b) {
  SmallVector<Value> elements = getElements(a);
  return llvm::any_of(getElements(b), [&](Value value) {
    return llvm::is_contained(elements, value);
  });
}

namespace {

/// The operands, maps and body of an op that computes what several do.
class FusedOp {
public:
  void add(GenericOp op) {
    ops.push_back(op);
    for (OpOperand *operand : op.getDpsInputOperands())
      addInput(operand->get(), op.getMatchingIndexingMap(operand));
    llvm::append_range(inits, op.getDpsInits());
    iterators.resize(op.getNumLoops(), utils::IteratorType::parallel);
    for (auto [iterator, own] :
         llvm::zip_equal(iterators, op.getIteratorTypesArray()))
      if (own == utils::IteratorType::reduction)
        iterator = own;
  }

  GenericOp build(OpBuilder &builder) {
    SmallVector<AffineMap> maps(inputMaps);
    for (GenericOp op : ops)
      for (OpOperand &init : op.getDpsInitsMutable())
        maps.push_back(op.getMatchingIndexingMap(&init));
    return GenericOp::create(
        builder, ops.front().getLoc(), ValueRange(inits).getTypes(), inputs,
        inits, maps, iterators,
        [&](OpBuilder &nested, Location loc, ValueRange arguments) {
          linalg::YieldOp::create(nested, loc, buildBody(nested, arguments));
        });
  }

private:
  void addInput(Value value, AffineMap map) {
    if (find(value, map) == inputs.size()) {
      inputs.push_back(value);
      inputMaps.push_back(map);
    }
  }

  /// The position of an input; the number of inputs if there is none.
  size_t find(Value value, AffineMap map) const {
    size_t i = 0;
    while (i < inputs.size() && (inputs[i] != value || inputMaps[i] != map))
      ++i;
    return i;
  }

  SmallVector<Value> buildBody(OpBuilder &nested, ValueRange arguments) {
    SmallVector<Value> yielded;
    ValueRange outputs = arguments.drop_front(inputs.size());
    for (GenericOp op : ops) {
      IRMapping mapping;
      for (OpOperand *operand : op.getDpsInputOperands())
        mapping.map(op.getMatchingBlockArgument(operand),
                    arguments[find(operand->get(),
                                   op.getMatchingIndexingMap(operand))]);
      mapping.map(op.getRegionOutputArgs(),
                  outputs.take_front(op.getNumDpsInits()));
      outputs = outputs.drop_front(op.getNumDpsInits());
      for (Operation &nestedOp : op.getBody()->without_terminator())
        nested.clone(nestedOp, mapping);
      for (Value value : op.getBody()->getTerminator()->getOperands())
        yielded.push_back(mapping.lookupOrDefault(value));
    }
    return yielded;
  }

  SmallVector<GenericOp> ops;
  SmallVector<Value> inputs, inits;
  SmallVector<AffineMap> inputMaps;
  SmallVector<utils::IteratorType> iterators;
};

struct QuantActFuseSiblings
    : public quant_act::impl::QuantActFuseSiblingsBase<QuantActFuseSiblings> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) { blocks.push_back(block); });
    for (Block *block : blocks)
      fuseIn(*block, rewriter);
  }

  /// Fuses each op of a block with the first one before it that can take it.
  void fuseIn(Block &block, IRRewriter &rewriter) {
    SmallVector<GenericOp> earlier;
    for (GenericOp op : llvm::to_vector(block.getOps<GenericOp>())) {
      if (!isCandidate(op))
        continue;
      auto *found = llvm::find_if(earlier, [&](GenericOp other) {
        return shareElements(other, op) &&
               succeeded(moveOperationDependencies(rewriter, op, other));
      });
      if (found == earlier.end())
        earlier.push_back(op);
      else
        *found = fuse(*found, op, rewriter);
    }
  }

  GenericOp fuse(GenericOp first, GenericOp second, IRRewriter &rewriter) {
    FusedOp fused;
    fused.add(first);
    fused.add(second);
    rewriter.setInsertionPoint(first);
    GenericOp op = fused.build(rewriter);
    rewriter.replaceOp(first,
                       op.getResults().take_front(first.getNumResults()));
    rewriter.replaceOp(second,
                       op.getResults().take_back(second.getNumResults()));
    DominanceInfo &dominance = getAnalysis<DominanceInfo>();
    eliminateCommonSubExpressions(rewriter, dominance, op);
    return op;
  }
};

} // namespace
