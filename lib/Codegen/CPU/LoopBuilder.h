//===- LoopBuilder.h - Loops and arithmetic on indices ----------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds scf loops with functions for their bodies that build by the same
// builder. Arithmetic and conditions on constants are folded.
//
//===----------------------------------------------------------------------===//

#ifndef QUANTACT_LIB_CODEGEN_CPU_LOOPBUILDER_H
#define QUANTACT_LIB_CODEGEN_CPU_LOOPBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <functional>
#include <map>

namespace quant_act {

class LoopBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using Value = mlir::Value;

  /// The buffers on the stack, by the block that they are allocated in.
  using StackBuffers = llvm::DenseMap<std::pair<mlir::Block *, mlir::Type>,
                                      llvm::SmallVector<Value>>;

  /// Builds before `op`; constants before all else, whatever is nested.
  /// Those that allocate on the stack have `buffers` for it.
  explicit LoopBuilder(mlir::Operation *op, StackBuffers *buffers = nullptr)
      : ImplicitLocOpBuilder(op->getLoc(), op), buffers(buffers) {
    Value zero = mlir::arith::ConstantIndexOp::create(*this, 0);
    constants[0] = zero;
    start = zero.getDefiningOp();
  }

  /// Erases the constants that nothing uses.
  ~LoopBuilder() {
    for (auto [value, constant] : constants)
      eraseUnused(constant);
    for (Value constant : booleans)
      eraseUnused(constant);
  }
  LoopBuilder(const LoopBuilder &) = delete;

  Value index(int64_t value) {
    return getConstant(constants[value], getIndexAttr(value));
  }

  Value boolean(bool value) {
    return getConstant(booleans[value], getBoolAttr(value));
  }

  /// The extent of a buffer along a dimension.
  Value extent(Value buffer, int64_t dim) {
    auto extent = mlir::memref::getMixedSize(*this, getLoc(), buffer, dim);
    auto known = mlir::getConstantIntValue(extent);
    return known ? index(*known) : mlir::cast<Value>(extent);
  }

  /// The product of a buffer's extents.
  Value numElements(Value buffer) {
    int64_t rank = mlir::cast<mlir::MemRefType>(buffer.getType()).getRank();
    Value number = index(1);
    for (int64_t dim = 0; dim < rank; ++dim)
      number = mul(number, extent(buffer, dim));
    return number;
  }

  Value add(Value a, Value b) {
    return fold<mlir::arith::AddIOp>(a, b, std::plus<int64_t>());
  }
  Value sub(Value a, Value b) {
    return fold<mlir::arith::SubIOp>(a, b, std::minus<int64_t>());
  }
  Value mul(Value a, Value b) {
    return fold<mlir::arith::MulIOp>(a, b, std::multiplies<int64_t>());
  }
  /// b is not 0.
  Value div(Value a, Value b) {
    return fold<mlir::arith::DivUIOp>(a, b, std::divides<int64_t>());
  }
  /// b is not 0.
  Value rem(Value a, Value b) {
    return fold<mlir::arith::RemUIOp>(a, b, std::modulus<int64_t>());
  }
  Value ceilDiv(Value a, Value b) {
    return fold<mlir::arith::CeilDivUIOp>(
        a, b, [](int64_t x, int64_t y) { return llvm::divideCeil(x, y); });
  }
  Value min(Value a, Value b) {
    return fold<mlir::arith::MinUIOp>(
        a, b, [](int64_t x, int64_t y) { return std::min(x, y); });
  }
  Value max(Value a, Value b) {
    return fold<mlir::arith::MaxUIOp>(
        a, b, [](int64_t x, int64_t y) { return std::max(x, y); });
  }
  /// Of booleans, or the bits of numbers.
  Value both(Value a, Value b) {
    if (std::optional<bool> known = getBoolean(a))
      return *known ? b : a;
    if (std::optional<bool> known = getBoolean(b))
      return *known ? a : b;
    return createOrFold<mlir::arith::AndIOp>(a, b);
  }
  Value either(Value a, Value b) {
    if (std::optional<bool> known = getBoolean(a))
      return *known ? a : b;
    if (std::optional<bool> known = getBoolean(b))
      return *known ? b : a;
    return createOrFold<mlir::arith::OrIOp>(a, b);
  }
  Value isEqual(Value a, Value b) {
    return compare(mlir::arith::CmpIPredicate::eq, a, b);
  }
  Value isLess(Value a, Value b) {
    return compare(mlir::arith::CmpIPredicate::ult, a, b);
  }

  /// The smallest multiple of `unit` that is not below `a`.
  Value ceilTo(Value a, int64_t unit) {
    return mul(ceilDiv(a, index(unit)), index(unit));
  }

  /// The largest multiple of `unit` that is not above `a`.
  Value floorTo(Value a, int64_t unit) {
    return mul(div(a, index(unit)), index(unit));
  }

  using Values = llvm::SmallVector<Value>;

  /// for (i = from; i < to; i += step) body(i)
  void loop(Value from, Value to, Value step,
            llvm::function_ref<void(Value)> body) {
    loop(from, to, step, {}, [&](Value i, mlir::ValueRange) {
      body(i);
      return Values();
    });
  }

  /// for (i = from; i < to; i += step) values = body(i, values)
  Values loop(Value from, Value to, Value step, mlir::ValueRange values,
              llvm::function_ref<Values(Value, mlir::ValueRange)> body) {
    auto begin = mlir::getConstantIntValue(from);
    auto end = mlir::getConstantIntValue(to);
    if (begin && end && *begin >= *end)
      return Values(values);
    auto stride = mlir::getConstantIntValue(step);
    if (begin && end && stride && *end - *begin <= *stride)
      return body(from, values); // once
    auto loop = mlir::scf::ForOp::create(*this, from, to, step, values);
    InsertionGuard guard(*this);
    setInsertionPointToStart(loop.getBody());
    Values next = body(loop.getInductionVar(), loop.getRegionIterArgs());
    if (!next.empty())
      mlir::scf::YieldOp::create(*this, next);
    return llvm::to_vector_of<Value>(loop.getResults());
  }

  /// A mask of the first `count` lanes, or of all.
  Value mask(Value count, int64_t lanes) {
    auto type = mlir::VectorType::get({lanes}, getI1Type());
    return mlir::vector::CreateMaskOp::create(*this, type, count);
  }

  /// The vector at `indices` of a buffer; where there is a mask, only its lanes
  /// are read, and the others are zeros.
  Value load(Value buffer, mlir::ValueRange indices, int64_t lanes,
             Value mask = Value()) {
    auto type = mlir::VectorType::get(
        {lanes},
        mlir::cast<mlir::MemRefType>(buffer.getType()).getElementType());
    if (!mask)
      return mlir::vector::LoadOp::create(*this, type, buffer, indices);
    Value zeros = mlir::arith::ConstantOp::create(*this, getZeroAttr(type));
    return mlir::vector::MaskedLoadOp::create(*this, type, buffer, indices,
                                              mask, zeros);
  }

  /// Writes a vector, or its lanes that are in the mask, if there is one.
  void store(Value vector, Value buffer, mlir::ValueRange indices,
             Value mask = Value()) {
    if (mask)
      mlir::vector::MaskedStoreOp::create(*this, buffer, indices, mask, vector);
    else
      mlir::vector::StoreOp::create(*this, vector, buffer, indices);
  }

  /// body(i, mask) for i = 0, lanes, .. below `count`: vectors without a mask,
  /// and one with, if they do not fill it.
  void forEachVector(Value count, int64_t lanes,
                     llvm::function_ref<void(Value, Value)> body) {
    Value whole = floorTo(count, lanes);
    loop(index(0), whole, index(lanes),
         [&](Value i) { body(i, /*mask=*/Value()); });
    branch(isLess(whole, count),
           [&] { body(whole, mask(sub(count, whole), lanes)); });
  }

  /// body(i) for i from 0 to n - 1, by threads. A loop that is run once would
  /// be folded, with buffers on the stack, which then were in the loops around
  /// it.
  void parallelLoop(Value n, llvm::function_ref<void(Value)> body) {
    Value from = index(0), step = index(1);
    if (mlir::getConstantIntValue(n) == 1)
      return body(from);
    auto loop = mlir::scf::ParallelOp::create(*this, from, n, step);
    InsertionGuard guard(*this);
    setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVars().front());
  }

  /// Enough parts for any number of threads to have about the same work, and
  /// few enough for each to walk through memory in one direction.
  static constexpr int64_t maxParts = 64;

  /// body(part, from, to) for up to `most` parts of [0, total), by threads:
  /// multiples of `unit` but for the last. The number of parts.
  Value parallelParts(Value total, int64_t unit, int64_t most,
                      llvm::function_ref<void(Value, Value, Value)> body) {
    Value size = max(ceilTo(ceilDiv(total, index(most)), unit), index(unit));
    Value numParts = ceilDiv(total, size);
    parallelLoop(numParts, [&](Value part) {
      Value from = mul(part, size);
      body(part, from, min(add(from, size), total));
    });
    return numParts;
  }

  /// A buffer that lives as long as the function, or the part of a thread: no
  /// other of this builder. Ops that are computed one after another share them.
  Value allocateOnStack(mlir::MemRefType type) {
    mlir::Operation *scope = getInsertionBlock()->getParentOp();
    while (!mlir::isa<mlir::FunctionOpInterface, mlir::scf::ParallelOp>(scope))
      scope = scope->getParentOp();
    mlir::Block *block = &scope->getRegion(0).front();
    llvm::SmallVector<Value> &all = (*buffers)[{block, type}];
    unsigned &used = numUsed[{block, type}];
    if (used == all.size()) {
      InsertionGuard guard(*this);
      setInsertionPointToStart(block);
      all.push_back(
          mlir::memref::AllocaOp::create(*this, type, getI64IntegerAttr(64)));
    }
    return all[used++];
  }

  /// if (condition) then() else otherwise()
  void branch(Value condition, llvm::function_ref<void()> then,
              llvm::function_ref<void()> otherwise = nullptr) {
    if (auto known = mlir::getConstantIntValue(condition)) {
      if (*known)
        then();
      else if (otherwise)
        otherwise();
      return;
    }
    auto branches = mlir::scf::IfOp::create(*this, condition,
                                            /*withElseRegion=*/!!otherwise);
    InsertionGuard guard(*this);
    setInsertionPointToStart(branches.thenBlock());
    then();
    if (!otherwise)
      return;
    setInsertionPointToStart(branches.elseBlock());
    otherwise();
  }

  /// condition ? then() : otherwise(), values of these types
  Values choose(Value condition, mlir::TypeRange types,
                llvm::function_ref<Values()> then,
                llvm::function_ref<Values()> otherwise) {
    if (auto known = mlir::getConstantIntValue(condition))
      return *known ? then() : otherwise();
    auto branches =
        mlir::scf::IfOp::create(*this, types, condition,
                                /*addThenBlock=*/true, /*addElseBlock=*/true);
    InsertionGuard guard(*this);
    setInsertionPointToStart(branches.thenBlock());
    mlir::scf::YieldOp::create(*this, then());
    setInsertionPointToStart(branches.elseBlock());
    mlir::scf::YieldOp::create(*this, otherwise());
    return llvm::to_vector_of<Value>(branches.getResults());
  }

private:
  static void eraseUnused(Value constant) {
    if (constant && constant.use_empty())
      constant.getDefiningOp()->erase();
  }

  static std::optional<bool> getBoolean(Value value) {
    auto constant = value.getType().isInteger(1)
                        ? mlir::getConstantIntValue(value)
                        : std::nullopt;
    return constant ? std::optional(*constant != 0) : std::nullopt;
  }

  Value compare(mlir::arith::CmpIPredicate predicate, Value a, Value b) {
    auto x = mlir::getConstantIntValue(a), y = mlir::getConstantIntValue(b);
    if (!x || !y)
      return createOrFold<mlir::arith::CmpIOp>(predicate, a, b);
    auto width = mlir::isa<mlir::IndexType>(a.getType())
                     ? 64
                     : a.getType().getIntOrFloatBitWidth();
    return boolean(mlir::arith::applyCmpPredicate(
        predicate, llvm::APInt(width, *x, /*isSigned=*/true),
        llvm::APInt(width, *y, /*isSigned=*/true)));
  }

  Value getConstant(Value &constant, mlir::TypedAttr value) {
    if (!constant) {
      InsertionGuard guard(*this);
      setInsertionPoint(start);
      constant = mlir::arith::ConstantOp::create(*this, value);
    }
    return constant;
  }

  /// The op, unless its result is known. Extents are not negative.
  template <typename Op>
  Value fold(Value a, Value b,
             llvm::function_ref<int64_t(int64_t, int64_t)> compute) {
    auto x = mlir::getConstantIntValue(a), y = mlir::getConstantIntValue(b);
    return x && y ? index(compute(*x, *y)) : createOrFold<Op>(a, b);
  }

  StackBuffers *buffers;
  llvm::DenseMap<std::pair<mlir::Block *, mlir::Type>, unsigned> numUsed;
  mlir::Operation *start;
  std::map<int64_t, Value> constants; // any number is a key
  Value booleans[2];
};

} // namespace quant_act

#endif // QUANTACT_LIB_CODEGEN_CPU_LOOPBUILDER_H
