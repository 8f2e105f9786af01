/**
 * One file from tree to tree, verified as every transfer is:
 *
 *     server ──► folder     FtpTransfer.toFile
 *     folder ──► server     FtpTransfer.fromFile
 *     server ──► server     FtpTransfer.upload of a download, through this machine, over two sessions
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FtpUsageError } from "../base/FtpError.ts"
import * as FtpSource from "../base/FtpSource.ts"
import { FtpLocalFile } from "../platform/FtpLocalFile.ts"
import { FtpPool } from "../pool/FtpPool.ts"
import type { FtpTime } from "../protocol/FtpEntry.ts"
import * as FtpTransfer from "../transfer/FtpTransfer.ts"
import type { Step } from "./MirrorPlan.ts"
import type { LocalTree, MirrorError, MirrorTree, RemoteTree } from "./trees.ts"

export type FileStep = Extract<Step, { readonly _tag: "Copy" | "Replace" }>

export interface CopyOptions {
  /** Whether files get the times of their sources. */
  readonly keepsTimes: boolean
  /** Whether an upload is sent to a temporary name and renamed. */
  readonly atomic: boolean
  readonly verify?: FtpTransfer.TransferOptions["verify"]
  readonly durability?: FtpTransfer.ToFileOptions["durability"]
  readonly onProgress?: FtpTransfer.TransferOptions["onProgress"]
}

type Copied = Effect.Effect<FtpTransfer.Result, MirrorError>

export const copyFile = (source: MirrorTree, target: MirrorTree, step: FileStep, options: CopyOptions): Copied =>
  source._tag === "Remote"
    ? target._tag === "Remote"
      ? across(source, target, step, options)
      : down(source, target, step, options)
    : target._tag === "Remote"
      ? up(source, target, step, options)
      : new FtpUsageError({ argument: "target", why: "a mirror needs a server on one side at least" })

const down = (source: RemoteTree, target: LocalTree, step: FileStep, options: CopyOptions): Copied =>
  FtpTransfer.toFile(source.pathOf(step.path), target.pathOf(step.path), {
    ...common(options),
    durability: options.durability,
    existing: step._tag === "Copy" ? "Fail" : "Replace",
    times: options.keepsTimes ? "Keep" : "Now",
    expectedSize: step.bytes,
    expectedModified: step.modified !== undefined && isExact(step.modified) ? step.modified : undefined,
    found: step._tag === "Copy" ? Option.none() : undefined
  }).pipe(Effect.provideService(FtpPool, source.pool), Effect.provideService(FtpLocalFile, target.files))

/** Whether a listing told the time as exactly as MDTM would. */
const isExact = ({ precision, zone }: FtpTime): boolean =>
  zone === "Utc" && (precision === "Second" || precision === "Millisecond")

const up = (source: LocalTree, target: RemoteTree, step: FileStep, options: CopyOptions): Copied =>
  FtpTransfer.fromFile(source.pathOf(step.path), target.pathOf(step.path), {
    ...common(options),
    atomic: options.atomic,
    times: options.keepsTimes ? "Keep" : "Server"
  }).pipe(Effect.provideService(FtpPool, target.pool), Effect.provideService(FtpLocalFile, source.files))

const across = (source: RemoteTree, target: RemoteTree, step: FileStep, options: CopyOptions): Copied =>
  Effect.gen(function* () {
    const path = target.pathOf(step.path)
    const content = FtpTransfer.download(source.pathOf(step.path), { verify: options.verify })
    const result = yield* FtpTransfer.upload(path, FtpSource.fromStream(content), {
      ...common(options),
      atomic: options.atomic
    }).pipe(Effect.provideService(FtpPool, target.pool))
    if (options.keepsTimes && step.modified !== undefined) {
      yield* target.setModified(step.path, step.modified.at)
    }
    return result
  })

const common = ({ onProgress, verify }: CopyOptions) => ({ onProgress, verify })
