// Real time and plain vitest: these are programs without Effect, on sockets.
import type { FtpClient } from "@ftp-effect/core/FtpClient"
import type { FtpEndpoint } from "@ftp-effect/core/FtpEndpoint"
import type { FtpEvidence } from "@ftp-effect/core/FtpEvidence"
import type * as MirrorPlan from "@ftp-effect/core/MirrorPlan"
import * as Command from "@ftp-effect/core/protocol/Command"
import type { Reply } from "@ftp-effect/core/protocol/Reply"
import type * as FtpPromise from "@ftp-effect/node/FtpPromise"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { expectTypeOf, it } from "vitest"

it("the types of FtpPromise name every method, with plain values", () => {
  type Client = FtpPromise.Client
  type Options<K extends keyof Client> = NonNullable<Parameters<Extract<Client[K], (...args: never) => unknown>>[1]>
  expectTypeOf<Client["list"]>().toEqualTypeOf<
    (path: string, options?: FtpPromise.ListOptions) => Promise<ReadonlyArray<FtpPromise.Entry>>
  >()
  expectTypeOf<FtpPromise.ListOptions>().toHaveProperty("maxEntries").toEqualTypeOf<number | undefined>()
  expectTypeOf<Extract<FtpPromise.ListOptions["onUnread"], (...args: never) => unknown>>().returns.toEqualTypeOf<
    void | PromiseLike<void> | Effect.Effect<void>
  >()
  expectTypeOf<NonNullable<FtpPromise.RemoveOptions["onFailure"]>>().returns.toEqualTypeOf<
    void | PromiseLike<void> | Effect.Effect<void>
  >()
  expectTypeOf<FtpPromise.ToFileOptions["retries"]>().toEqualTypeOf<FtpPromise.Retries | undefined>()
  expectTypeOf<FtpPromise.Entry["size"]>().toEqualTypeOf<number | undefined>()
  expectTypeOf<FtpPromise.Entry["modified"]>().toEqualTypeOf<
    | {
        readonly at: Date
        readonly precision: "Millisecond" | "Second" | "Minute" | "Day"
        readonly zone: "Utc" | "Configured" | "Inferred" | "Assumed"
        readonly guess?: "Year" | "DayOrMonth" | undefined
      }
    | undefined
  >()
  expectTypeOf<Client["download"]>().returns.toEqualTypeOf<AsyncIterable<Uint8Array>>()
  expectTypeOf<Client["entries"]>().returns.toEqualTypeOf<AsyncIterable<FtpPromise.Entry>>()
  expectTypeOf<FtpPromise.Session["entries"]>().returns.toEqualTypeOf<AsyncIterable<FtpPromise.Entry>>()
  expectTypeOf<Client["walk"]>().returns.toEqualTypeOf<AsyncIterable<FtpPromise.Entry>>()
  expectTypeOf<NonNullable<Options<"walk">["enter"]>>().toEqualTypeOf<(directory: FtpPromise.Entry) => boolean>()
  expectTypeOf<NonNullable<Options<"download">["onProgress"]>>().parameter(0).toEqualTypeOf<{
    readonly bytes: number
    readonly total: number | undefined
  }>()
  expectTypeOf<Options<"download">["signal"]>().toEqualTypeOf<AbortSignal | undefined>()
  expectTypeOf<Client["workingDirectory"]>().toEqualTypeOf<(options?: FtpPromise.CallOptions) => Promise<string>>()
  expectTypeOf<Client["setModified"]>().toEqualTypeOf<
    (path: string, at: Date, options?: FtpPromise.CallOptions) => Promise<void>
  >()
  expectTypeOf<Client["upload"]>().parameter(1).toEqualTypeOf<FtpPromise.Uploadable>()
  expectTypeOf<Client["upload"]>().returns.resolves.toEqualTypeOf<FtpPromise.TransferResult>()
  expectTypeOf<FtpPromise.TransferResult["evidence"]>().toEqualTypeOf<FtpEvidence>()
  expectTypeOf<Client["toFile"]>().parameter(0).toEqualTypeOf<string>()
  expectTypeOf<Client["withSession"]>().toBeCallableWith((session: FtpPromise.Session) => session.run(Command.noop))
  expectTypeOf<Exclude<keyof FtpClient, keyof Client>>().toEqualTypeOf<"sink">()

  expectTypeOf<FtpPromise.Session["run"]>().toEqualTypeOf<
    (command: Command.Command, options?: FtpPromise.CallOptions) => Promise<Reply>
  >()
  expectTypeOf<FtpPromise.Session["receive"]>().returns.toEqualTypeOf<AsyncIterable<Uint8Array>>()
  expectTypeOf<FtpPromise.Session["transmit"]>().parameter(1).toEqualTypeOf<FtpPromise.Uploadable>()
  expectTypeOf<FtpPromise.Session["endpoint"]>().toEqualTypeOf<FtpEndpoint>()
  expectTypeOf<FtpPromise.Session["reusable"]>().returns.resolves.toEqualTypeOf<boolean>()
  expectTypeOf<FtpPromise.ConnectOptions["password"]>().toEqualTypeOf<string | Redacted.Redacted<string> | undefined>()
})

it("the types of steps that have names are those of the plan's schema, none left out", () => {
  type OfSchema = typeof MirrorPlan.MirrorPlan.Type
  expectTypeOf<MirrorPlan.Step>().toEqualTypeOf<OfSchema["steps"][number]>()
  expectTypeOf<MirrorPlan.Skip>().toEqualTypeOf<OfSchema["skipped"][number]>()
  expectTypeOf<MirrorPlan.Withheld>().toEqualTypeOf<NonNullable<OfSchema["withheld"]>>()
  expectTypeOf<MirrorPlan.MirrorPlan>().toEqualTypeOf<OfSchema>()
  expectTypeOf<FtpPromise.MirrorStep["_tag"]>().toEqualTypeOf<MirrorPlan.Step["_tag"]>()
  expectTypeOf<FtpPromise.MirrorResult["failures"][number]["step"]["_tag"]>().toEqualTypeOf<MirrorPlan.Step["_tag"]>()
})
