/** The services whose methods the promise client has: those of the library, with uploads from anything. */
import * as FtpClient from "@ftp-effect/core/FtpClient"
import type { FtpEntry } from "@ftp-effect/core/FtpEntry"
import type { DataError, FtpListingError } from "@ftp-effect/core/FtpError"
import * as FtpMirror from "@ftp-effect/core/FtpMirror"
import * as FtpSession from "@ftp-effect/core/FtpSession"
import * as FtpSource from "@ftp-effect/core/FtpSource"
import type * as FtpTransfer from "@ftp-effect/core/FtpTransfer"
import type { Command } from "@ftp-effect/core/protocol/Command"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as LocalTransfers from "../client/localTransfers.ts"
import * as Source from "./source.ts"

type Uploadable = Source.Uploadable

/** `FtpClient`, its uploads from anything, and its transfers between files. */
export interface ClientService
  extends Omit<FtpClient.FtpClient, "append" | "sink" | "upload" | "withSession" | keyof LocalTransfers.LocalTransfers>,
    LocalTransfers.LocalTransfers {
  /** Writes a file, replacing what is there, and verifies it. */
  readonly upload: (
    path: string,
    from: Uploadable,
    options?: FtpTransfer.UploadOptions
  ) => Effect.Effect<FtpTransfer.Result, unknown>
  /** Sends to the end of a file, which is made if it is missing. No byte is sent twice, so it is not resumed. */
  readonly append: (
    path: string,
    from: Uploadable,
    options?: FtpTransfer.AppendOptions
  ) => Effect.Effect<FtpTransfer.Result, unknown>
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

export const clientService = (context: Context.Context<LocalTransfers.Services>): ClientService => {
  const { sink: _sink, withSession: _withSession, ...client } = Context.get(context, FtpClient.FtpClient)
  return {
    ...client,
    ...LocalTransfers.make(context),
    download: (path, options) => Stream.provideContext(client.download(path, options), context),
    upload: (path, from, options) =>
      Source.upload(from, (source) => Effect.provide(client.upload(path, source, options), context)),
    append: (path, from, options) =>
      Source.upload(from, (source) => Effect.provide(client.append(path, source, options), context)),
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
      Effect.scoped(
        Effect.flatMap(Effect.flatMap(source.open(0), FtpSource.ahead), (pull) =>
          session.transmit(command, pull, options)
        )
      )
    )
})
