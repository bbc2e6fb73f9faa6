//===- TileChannels.cpp - One channel after the other ---------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group is what happens to a buffer of elements from an op that reduces each
// channel of it on, up to the last op of the block that reads it. It is tiled
// where every op of it computes a channel's results of the channel's elements.
// Arguments of the function, and what is allocated, do not overlap; of other
// buffers nothing is known.
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "OptionChecks.h"

#include "QuantAct/Codegen/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h" // of what linalg makes
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace quant_act {
#define GEN_PASS_DEF_QUANTACTTILECHANNELS
#include "QuantAct/Codegen/CPU/Passes.h.inc"
} // namespace quant_act

using namespace mlir;
using namespace quant_act;
using linalg::GenericOp;

/// Shorter rows of a channel, less than a page, are not read well one by one.
static constexpr int64_t minRowBytes = 4096;

/// Channels that any usual number of threads has some each of.
static constexpr int64_t minParallelChannels = 16;

static Value getBase(Value buffer) {
  return memref::skipViewLikeOps(cast<MemrefValue>(buffer));
}

/// Whether a buffer that is no view overlaps no other that this is so for.
/// Globals are, but for their own: they must only be read.
static bool isDistinct(Value base, bool isWritten) {
  if (auto argument = dyn_cast<BlockArgument>(base))
    return isa<FunctionOpInterface>(argument.getOwner()->getParentOp()) &&
           argument.getOwner()->isEntryBlock();
  Operation *op = base.getDefiningOp();
  return hasEffect<MemoryEffects::Allocate>(op, base) ||
         (isa<memref::GetGlobalOp>(op) && !isWritten);
}

/// The inputs that have an element for each of the loops' indices.
static SmallVector<Value> getElements(GenericOp op) {
  SmallVector<Value> elements;
  for (OpOperand *operand : op.getDpsInputOperands())
    if (isa<MemRefType>(operand->get().getType()) &&
        op.getMatchingIndexingMap(operand).isIdentity())
      elements.push_back(operand->get());
  return elements;
}

/// The loop over channels, before others, of an op that reduces each of them.
static std::optional<unsigned> findChannelLoop(GenericOp op) {
  SmallVector<unsigned> loops;
  op.getParallelDims(loops);
  if (!op.hasPureBufferSemantics() || loops.size() != 1 ||
      loops.front() + 1 == op.getNumLoops() || getElements(op).empty())
    return std::nullopt;
  return loops.front();
}

namespace {

class ChannelGroup {
public:
  /// The group that begins with an op, if it does and reads elements twice.
  static std::optional<ChannelGroup> find(GenericOp first);

  /// Replaces the group, tiled where its extents are such that it pays.
  void tile(int64_t channelBytes, int64_t parallelBytes);

  bool contains(GenericOp op) const {
    return llvm::any_of(members,
                        [&](const Member &member) { return member.op == op; });
  }

private:
  struct Member {
    GenericOp op;
    /// The one over channels.
    unsigned loop;
  };

  bool add(Operation &op);
  bool addToGroup(GenericOp op);
  bool addBefore(Operation &op);
  bool canAccess(Value buffer, bool isWritten);
  std::optional<unsigned> findLoop(GenericOp op);

  Value getNumBytes(LoopBuilder &b);
  Value paysOff(LoopBuilder &b, int64_t channelBytes, bool canBeParallel);
  void buildTiles(LoopBuilder &b, bool isParallel);
  void buildTile(LoopBuilder &b, GenericOp op, unsigned loop, Value channel);

  SmallVector<Member> members;
  /// What is between them and does not depend on them.
  SmallVector<Operation *> before;
  Value elements;
  unsigned channelDim;
  /// The dimension of channels, of the elements and of what members write.
  DenseMap<Value, unsigned> channelDims;
  /// What members access: the buffer of each base, and whether it is written.
  DenseMap<Value, Value> views;
  DenseSet<Value> written;
};

} // namespace

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

std::optional<ChannelGroup> ChannelGroup::find(GenericOp first) {
  std::optional<unsigned> loop = findChannelLoop(first);
  if (!loop)
    return std::nullopt;
  ChannelGroup group;
  group.elements = getElements(first).front();
  group.channelDim = *loop;
  group.channelDims[group.elements] = *loop;
  auto readsElements = [&](Operation &op) {
    auto generic = dyn_cast<GenericOp>(op);
    return generic && llvm::is_contained(getElements(generic), group.elements);
  };
  Operation *last = nullptr;
  for (Operation *op = first; op; op = op->getNextNode())
    if (readsElements(*op))
      last = op;
  if (last == first)
    return std::nullopt;
  for (Operation *op = first; op != last->getNextNode(); op = op->getNextNode())
    if (!group.add(*op))
      return std::nullopt;
  return group;
}

bool ChannelGroup::add(Operation &op) {
  auto generic = dyn_cast<GenericOp>(op);
  bool isMember = generic && llvm::any_of(op.getOperands(), [&](Value operand) {
                    return channelDims.contains(operand);
                  });
  return isMember ? addToGroup(generic) : addBefore(op);
}

/// Whether members may access a buffer, all by the same view of it if any
/// writes to it.
bool ChannelGroup::canAccess(Value buffer, bool isWritten) {
  Value base = getBase(buffer);
  if (!isDistinct(base, isWritten))
    return false;
  // What was read before may have been of another channel.
  if (isWritten && views.contains(base) && !channelDims.contains(buffer))
    return false;
  if (isWritten)
    written.insert(base);
  Value &view = views.try_emplace(base, buffer).first->second;
  if (view != buffer && !written.contains(base)) {
    view = Value(); // several views
    return true;
  }
  return view == buffer;
}

/// The loop of an op that goes through channels where members have them.
std::optional<unsigned> ChannelGroup::findLoop(GenericOp op) {
  std::optional<unsigned> loop;
  for (OpOperand &operand : op->getOpOperands()) {
    auto dim = channelDims.find(operand.get());
    if (dim == channelDims.end())
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    auto expr = dyn_cast<AffineDimExpr>(map.getResult(dim->second));
    if (!expr || (loop && *loop != expr.getPosition()))
      return std::nullopt;
    loop = expr.getPosition();
  }
  return loop;
}

/// Without the lanes of sums, which tiles do not divide.
static AffineMap dropLanes(AffineMap map) {
  bool hasLanes = map.getNumResults() != 0 &&
                  map.getResults().back().getKind() == AffineExprKind::Mod;
  return hasLanes ? map.dropResult(map.getNumResults() - 1) : map;
}

bool ChannelGroup::addToGroup(GenericOp op) {
  std::optional<unsigned> loop = findLoop(op);
  if (!loop || !op.hasPureBufferSemantics() ||
      op.getIteratorTypesArray()[*loop] != utils::IteratorType::parallel)
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    AffineMap map = dropLanes(op.getMatchingIndexingMap(&operand));
    std::optional<unsigned> dim =
        map.getResultPosition(getAffineDimExpr(*loop, op.getContext()));
    bool isWritten = op.isDpsInit(&operand);
    if (!canAccess(operand.get(), isWritten) ||
        (!dim && map.isFunctionOfDim(*loop)))
      return false;
    if (!isWritten)
      continue;
    if (!dim || !map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return false;
    channelDims[operand.get()] = *dim;
  }
  members.push_back({op, *loop});
  return true;
}

/// Adds an op that can be done before all members.
bool ChannelGroup::addBefore(Operation &op) {
  bool isFree = isMemoryEffectFree(&op);
  if (!isFree) {
    auto effects = getEffectsRecursively(&op);
    if (!effects)
      return false;
    for (MemoryEffects::EffectInstance &effect : *effects) {
      if (isa<MemoryEffects::Allocate>(effect.getEffect()))
        continue;
      Value buffer = effect.getValue();
      if (!buffer || isa<MemoryEffects::Free>(effect.getEffect()))
        return false;
      Value base = getBase(buffer);
      bool isWritten = isa<MemoryEffects::Write>(effect.getEffect());
      if (!isDistinct(base, isWritten) ||
          (isWritten ? views.contains(base) : written.contains(base)))
        return false;
    }
  }
  before.push_back(&op);
  return true;
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

Value ChannelGroup::getNumBytes(LoopBuilder &b) {
  auto type = cast<MemRefType>(elements.getType());
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  return b.mul(b.index(bytes), b.numElements(elements));
}

/// Whether the elements of a channel fit into `channelBytes` and all do not,
/// rows are long enough, and there are enough channels for threads.
Value ChannelGroup::paysOff(LoopBuilder &b, int64_t channelBytes,
                            bool canBeParallel) {
  auto type = cast<MemRefType>(elements.getType());
  Value channel = b.index(llvm::divideCeil(type.getElementTypeBitWidth(), 8));
  Value row = channel;
  for (unsigned dim = 0; dim < type.getRank(); ++dim) {
    Value extent = b.extent(elements, dim);
    if (dim != channelDim)
      channel = b.mul(channel, extent);
    if (dim > channelDim)
      row = b.mul(row, extent);
  }
  Value isTooLarge = b.isLess(b.index(channelBytes), channel);
  Value fits = b.isEqual(isTooLarge, b.boolean(false));
  Value isLarge = b.isLess(b.index(channelBytes), getNumBytes(b));
  Value isLong = b.isLess(b.index(minRowBytes - 1), row);
  Value pays = b.both(b.both(fits, isLarge), isLong);
  if (!canBeParallel)
    return pays;
  Value numChannels = b.extent(elements, channelDim);
  return b.both(pays, b.isLess(b.index(minParallelChannels - 1), numChannels));
}

void ChannelGroup::buildTile(LoopBuilder &b, GenericOp op, unsigned loop,
                             Value channel) {
  OpBuilder &builder = b;
  SmallVector<OpFoldResult> sizes(op.getNumLoops(), b.getIndexAttr(0)), extents;
  sizes[loop] = b.getIndexAttr(1);
  auto linalgOp = cast<linalg::LinalgOp>(*op);
  for (Range range : linalgOp.createLoopRanges(builder, op.getLoc()))
    extents.push_back(range.size);
  SmallVector<Value> operands = linalg::makeTiledShapes(
      builder, op.getLoc(), linalgOp, op->getOperands(), OpFoldResult(channel),
      sizes, extents, /*omitPartialTileCheck=*/true);
  auto tile = cast<GenericOp>(clone(builder, op, TypeRange(), operands));
  // linalg::offsetIndices makes affine.apply, which is not vectorized.
  OpBuilder::InsertionGuard guard(b);
  for (auto index :
       llvm::to_vector(tile.getBody()->getOps<linalg::IndexOp>())) {
    if (index.getDim() != loop)
      continue;
    b.setInsertionPointAfter(index);
    Value sum = arith::AddIOp::create(b, index, channel);
    index.getResult().replaceAllUsesExcept(sum, sum.getDefiningOp());
  }
}

void ChannelGroup::buildTiles(LoopBuilder &b, bool isParallel) {
  Value numChannels = b.extent(elements, channelDim);
  auto buildChannels = [&](Value from, Value to) {
    b.loop(from, to, b.index(1), [&](Value channel) {
      for (Member member : members)
        buildTile(b, member.op, member.loop, channel);
    });
  };
  if (isParallel)
    b.parallelParts(
        numChannels, /*unit=*/1, LoopBuilder::maxParts,
        [&](Value, Value from, Value to) { buildChannels(from, to); });
  else
    buildChannels(b.index(0), numChannels);
}

void ChannelGroup::tile(int64_t channelBytes, int64_t parallelBytes) {
  Operation *first = members.front().op;
  for (Operation *op : before)
    op->moveBefore(first);
  LoopBuilder b(first);
  bool canBeParallel = parallelBytes != 0;
  auto buildAll = [&] {
    if (!canBeParallel)
      return buildTiles(b, /*isParallel=*/false);
    b.branch(
        b.isLess(b.index(parallelBytes - 1), getNumBytes(b)),
        [&] { buildTiles(b, /*isParallel=*/true); },
        [&] { buildTiles(b, /*isParallel=*/false); });
  };
  b.branch(paysOff(b, channelBytes, canBeParallel), buildAll, [&] {
    for (Member member : members)
      b.clone(*member.op);
  });
  for (Member member : members)
    member.op.erase();
}

namespace {
struct QuantActTileChannels
    : public quant_act::impl::QuantActTileChannelsBase<QuantActTileChannels> {
  using QuantActTileChannelsBase::QuantActTileChannelsBase;

  void runOnOperation() override {
    if (failed(
            checkNotNegative(getOperation(), "channel-bytes", channelBytes)) ||
        failed(
            checkNotNegative(getOperation(), "parallel-bytes", parallelBytes)))
      return signalPassFailure();
    SmallVector<GenericOp> ops;
    getOperation()->walk([&](GenericOp op) { ops.push_back(op); });
    while (!ops.empty()) {
      GenericOp first = ops.front();
      ops.erase(ops.begin());
      std::optional<ChannelGroup> group = ChannelGroup::find(first);
      if (!group)
        continue;
      llvm::erase_if(ops, [&](GenericOp op) { return group->contains(op); });
      group->tile(channelBytes, parallelBytes);
    }
  }
};
} // namespace
