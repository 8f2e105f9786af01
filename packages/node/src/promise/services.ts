/** The services whose methods the promise client has: those of the library, with uploads from anything. */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import type { DataError, FtpListingError } from "@ftp-effect/core/FtpError"
import type { FtpHasher } from "@ftp-effect/core/FtpHasher"
import type { FtpLocalFile, FtpLocalFileError } from "@ftp-effect/core/FtpLocalFile"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import type { FtpPool } from "@ftp-effect/core/FtpPool"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Command } from "@ftp-effect/core/protocol/Command"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Source from "./source.ts"

type Uploadable = Source.Uploadable

type Services = FtpClient.FtpClient | FtpPool | FtpLocalFile | FtpHasher

/** `FtpClient`, its uploads from anything, and its transfers between files. */
export interface ClientService extends Omit<FtpClient.FtpClient, "append" | "sink" | "upload" | "withSession"> {
  /** Writes a file, replacing what is there, and verifies it. */
  readonly upload: (
    path: string,
    from: Uploadable,
    options?: FtpTransfer.UploadOptions
  ) => Effect.Effect<FtpTransfer.Result, unknown>
  /** Sends to the end of a file, which is made if it is missing. It is never sent twice, so it is not resumed. */
  readonly append: (
    path: string,
    from: Uploadable,
    options?: FtpTransfer.AppendOptions
  ) => Effect.Effect<FtpTransfer.Result, unknown>
  /** Downloads to a local file, which is either as it was or whole. */
  readonly toFile: (
    path: string,
    localPath: string,
    options?: FtpTransfer.ToFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError>
  /** Uploads a local file. */
  readonly fromFile: (
    localPath: string,
    path: string,
    options?: FtpTransfer.FromFileOptions
  ) => Effect.Effect<FtpTransfer.Result, FtpTransfer.TransferError | FtpLocalFileError>
  /**
   * Copies a local folder with all in it to a directory of the server; what is equal already is not sent again. Rejects
   * with a `FtpMirrorIncomplete` if anything could not be copied, after the rest was.
   */
  readonly uploadTree: (
    localPath: string,
    path: string,
    options?: FtpMirror.MirrorOptions
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError | FtpMirror.FtpMirrorIncomplete>
  /** Copies a directory of the server with all in it to a local folder: see `uploadTree`. */
  readonly downloadTree: (
    path: string,
    localPath: string,
    options?: FtpMirror.MirrorOptions
  ) => Effect.Effect<FtpMirror.MirrorResult, FtpMirror.MirrorError | FtpMirror.FtpMirrorIncomplete>
  /** What happens during an `uploadTree`: see `FtpMirror.events`. */
  readonly uploadTreeEvents: (localPath: string, path: string, options?: TreeEventsOptions) => TreeEvents
  /** What happens during a `downloadTree`: see `FtpMirror.events`. */
  readonly downloadTreeEvents: (path: string, localPath: string, options?: TreeEventsOptions) => TreeEvents
}

/** How to copy a tree, and how many events wait. */
export interface TreeEventsOptions extends Omit<FtpMirror.MirrorOptions, "onEvent">, FtpMirror.EventsOptions {}

type TreeEvents = Stream.Stream<
  FtpMirror.MirrorEvent | FtpMirror.MissedEvents,
  FtpMirror.MirrorError | FtpMirror.FtpMirrorIncomplete
>

export const clientService = (context: Context.Context<Services>): ClientService => {
  const { sink: _sink, withSession: _withSession, ...client } = Context.get(context, FtpClient.FtpClient)
  return {
    ...client,
    download: (path, options) => Stream.provideContext(client.download(path, options), context),
    upload: (path, from, options) =>
      Source.upload(from, (source) => Effect.provide(client.upload(path, source, options), context)),
    append: (path, from, options) =>
      Source.upload(from, (source) => Effect.provide(client.append(path, source, options), context)),
    toFile: (path, localPath, options) => Effect.provide(client.toFile(path, localPath, options), context),
    fromFile: (localPath, path, options) => Effect.provide(client.fromFile(localPath, path, options), context),
    uploadTree: (localPath, path, options) => Effect.provide(FtpMirror.uploadTree(localPath, path, options), context),
    downloadTree: (path, localPath, options) =>
      Effect.provide(FtpMirror.downloadTree(path, localPath, options), context),
    uploadTreeEvents: (localPath, path, options) =>
      Stream.provideContext(
        FtpMirror.events((onEvent) => FtpMirror.uploadTree(localPath, path, { ...options, onEvent }), options),
        context
      ),
    downloadTreeEvents: (path, localPath, options) =>
      Stream.provideContext(
        FtpMirror.events((onEvent) => FtpMirror.downloadTree(path, localPath, { ...options, onEvent }), options),
        context
      )
  }
}

/**
 * `FtpSession`, its transfers as bytes that come and go.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionService extends Omit<FtpSession.FtpSession, "listInto" | "receive" | "transmit"> {
  /** The entries of a directory while they arrive. Leaving early is legal. */
  readonly entries: (
    path: string,
    options?: FtpSession.ListOptions
  ) => Stream.Stream<FtpEntry, DataError | FtpListingError>
  /** A transfer to us (RETR, LIST, NLST): its bytes. Leaving early is legal. */
  readonly receive: (command: Command, options?: FtpSession.TransferOptions) => Stream.Stream<Uint8Array, DataError>
  /** A transfer to the server (STOR, APPE, STOU) of all the bytes of `from`; returns how many the server confirmed. */
  readonly transmit: (
    command: Command,
    from: Uploadable,
    options?: Parameters<FtpSession.FtpSession["transmit"]>[2]
  ) => Effect.Effect<number, unknown>
}

export const sessionService = ({ listInto, ...session }: FtpSession.FtpSession): SessionService => ({
  ...session,
  entries: (path, options) => FtpSession.entries({ listInto }, path, options),
  receive: (command, options) =>
    Stream.unwrapScoped(Effect.map(session.receive(command, options), FtpSession.toStream)),
  transmit: (command, from, options) =>
    Source.upload(from, (source) =>
      Effect.scoped(Effect.flatMap(source.open(0), (pull) => session.transmit(command, pull, options)))
    )
})
