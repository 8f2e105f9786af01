/** What a session offers: each method is one conversation, or a question about the session itself. */
import * as Effect from "effect/Effect"
import * as SessionContext from "./context.ts"
import * as DataAfterReset from "./dataAfterReset.ts"
import * as Directory from "./directory.ts"
import * as ExpressRetrieve from "./expressRetrieve.ts"
import * as ExpressStore from "./expressStore.ts"
import * as File from "./file.ts"
import * as Hash from "./hash.ts"
import * as Kind from "./kind.ts"
import * as List from "./list.ts"
import * as Making from "./making.ts"
import * as NativePaths from "./nativePaths.ts"
import * as PortAhead from "./portAhead.ts"
import * as Receive from "./receive.ts"
import * as Removal from "./removal.ts"
import type { FtpSession } from "./sessionModel.ts"
import * as SetTimes from "./setTimes.ts"
import * as ShownTimes from "./shownTimes.ts"
import * as Stat from "./stat.ts"
import * as State from "./state.ts"
import * as StoredSize from "./storedSize.ts"
import * as Times from "./times.ts"
import * as Together from "./together.ts"
import * as Transmit from "./transmit.ts"
import * as Visits from "./visits.ts"
import { whereabouts } from "./whereabouts.ts"

export const make = (context: SessionContext.SessionContext): FtpSession => ({
  endpoint: context.endpoint,
  greeting: context.control.greeting,
  features: context.features,
  run: (command) => SessionContext.run(context, command),
  receive: (command, options) => Receive.receive(context, command, options),
  askPort: PortAhead.ask(context),
  retrieveSmall: (file, options) => ExpressRetrieve.retrieve(context, file, options),
  storeSmall: (file, options) => ExpressStore.store(context, file, options),
  timeCommand: (path, at) => File.timeCommand(context, path, at),
  transmit: (command, pull, options) => Transmit.transmit(context, command, pull, options),
  list: (path, options) => List.list(context, NativePaths.toList(context, path), options),
  listInto: (path, deliver, options) => List.listInto(context, NativePaths.toList(context, path), deliver, options),
  stat: (path, options) => Stat.stat(context, path, options),
  size: (path) => File.size(context, path),
  storedSize: (upload, path) => StoredSize.storedSize(context, upload, path),
  modified: (path) => File.modified(context, path),
  modifiedFirst: (paths) => Times.modifiedFirst(context, paths),
  sizesFirst: (paths) => Times.sizesFirst(context, paths),
  setModified: (path, at) => File.setModified(context, path, at),
  setModifiedFirst: (files) => SetTimes.setModifiedFirst(context, files),
  expectSetsModified: (unusedPath, at) => File.expectSetsModified(context, unusedPath, at),
  showsSetsModified: (files) => ShownTimes.show(context, files),
  hash: (path, algorithm) => Hash.hash(context, path, algorithm),
  chmod: (path, mode) => File.setMode(context, path, mode),
  removeFile: (path) => File.remove(context, path),
  removeDirectory: (path) => Directory.removeDirectory(context, path),
  removeFirst: (kind, paths) => Removal.removeFirst(context, kind, paths),
  makeDirectory: (path) => Directory.makeDirectory(context, path),
  makeFirst: (paths) => Making.makeFirst(context, paths),
  isDirectory: (path) => Directory.isDirectory(context, path),
  leadsToDirectory: (path) => Kind.leadsToDirectory(context, path),
  resolveDirectory: (path, expected) => Visits.resolveDirectory(context, path, expected),
  inDirectory: (path, use) => Directory.inDirectory(context, path, use),
  resolveDirectories: (directories) => Visits.resolveDirectories(context, directories),
  rename: (from, to) => File.rename(context, from, to),
  renameFirst: (names) => Together.renameFirst(context, names),
  factsFirst: (paths) => Together.factsFirst(context, paths),
  syntaxOf: (path) => NativePaths.syntaxOf(context, path),
  treeSyntaxOf: (root) => NativePaths.treeSyntaxOf(context, root),
  workingDirectory: Directory.workingDirectory(context),
  whereabouts: (path) => whereabouts(context, path),
  pristine: pristine(context),
  isReusable: () => isUnchanged(context) && context.control.isInStep(),
  reusable: Effect.if(pristine(context), {
    onTrue: () => context.control.inStep,
    onFalse: () => Effect.succeed(false)
  }),
  learnRestart: (works) => context.capabilities.set("REST", works),
  obeysRestart: () => context.capabilities.proven("Counted REST"),
  learnObeysRestart: (works) => {
    context.capabilities.set("Counted REST", works)
    context.capabilities.set("REST", works)
  },
  closedByServer: context.control.closedByPeer,
  counts: context.control.counts,
  // A transfer that is still open here was given up: it has been waited for already.
  settle: Effect.suspend(() =>
    context.state.transferOpen ? Effect.succeed(false) : context.control.settle(context.timeouts.settle)
  )
})

const pristine = (context: SessionContext.SessionContext): Effect.Effect<boolean> =>
  Effect.map(context.control.settled, (settled) => settled && isUnchanged(context))

const isUnchanged = (context: SessionContext.SessionContext): boolean =>
  State.isPristine(context.state) && DataAfterReset.mayBeLent(context)
