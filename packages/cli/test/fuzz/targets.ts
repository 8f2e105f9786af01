/**
 * What is fuzzed: everything that reads text of a peer, or of a file that others may have written. A target throws when
 * its reader throws or a round trip fails; `main.ts` limits how long it may take.
 */
import { writeFileSync } from "node:fs"
import * as FtpUrl from "@ftp-effect/core/FtpUrl"
import * as HashReply from "@ftp-effect/core/protocol/HashReply"
import * as RemotePath from "@ftp-effect/core/protocol/RemotePath"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as WireText from "@ftp-effect/core/protocol/WireText"
import * as FtpArbitrary from "@ftp-effect/core/testing/FtpArbitrary"
import * as NodeFtpFile from "@ftp-effect/node/NodeFtpFile"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Features from "../../../core/src/protocol/Features.ts"
import * as HostPort from "../../../core/src/protocol/HostPort.ts"
import type * as Listing from "../../../core/src/protocol/Listing.ts"
import * as ReplyDecoder from "../../../core/src/protocol/ReplyDecoder.ts"
import * as TelnetLines from "../../../core/src/protocol/TelnetLines.ts"
import * as Timestamp from "../../../core/src/protocol/Timestamp.ts"
import { sizeOf } from "../../../core/src/session/file.ts"
import * as Journal from "../../../core/src/transfer/download/journal.ts"
import * as UploadRecord from "../../../core/src/transfer/upload/record.ts"
import { listings } from "../../../core/test/support/listings.ts"
import * as ListingText from "../../../core/test/support/listingText.ts"
import * as Netrc from "../../src/connection/Netrc.ts"

export interface Target {
  readonly name: string
  readonly input: FastCheck.Arbitrary<string>
  readonly run: (text: string) => unknown
}

const expect = (holds: boolean, what: string): void => {
  if (!holds) {
    throw new Error(what)
  }
}

const LONGEST = 65_536

/** Text of a target's own words in any order, of any characters, and of one piece over and over. */
const textOf = (...words: readonly [string, ...Array<string>]): FastCheck.Arbitrary<string> => {
  const piece = FastCheck.oneof(
    { weight: 3, arbitrary: FastCheck.constantFrom(...words) },
    FastCheck.constantFrom(
      "",
      " ",
      "  ",
      "\t",
      "0",
      "9",
      "-1",
      "5.0",
      "1e9",
      "\0",
      "\r",
      "\n",
      "\r\n",
      "\udcff",
      "é",
      "\ufeff"
    ),
    FastCheck.string({ unit: "binary", maxLength: 8 }),
    FastCheck.nat().map(String)
  )
  const some = FastCheck.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""))
  const long = FastCheck.tuple(some, piece, some).map(
    ([head, repeated, tail]) => head + repeated.repeat(LONGEST / Math.max(1, repeated.length)) + tail
  )
  return FastCheck.oneof({ weight: 20, arbitrary: some }, { weight: 1, arbitrary: long })
}

const bytesOf = (text: string): Uint8Array =>
  Either.getOrElse(WireText.encode(text), () => new TextEncoder().encode(text))

const options = { directory: "/d", now: DateTime.unsafeMake("2023-10-20T12:00:00Z") }

const listed = (read: (text: string) => Listing.Listed<string>) => (text: string) => {
  const { entries, skipped, unreadCount } = read(text)
  const lines = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0)
  expect(entries.length + unreadCount + skipped === lines, "a line was lost")
  for (const { name } of entries) {
    expect(name !== "" && name !== "." && name !== ".." && !name.includes("/"), "a name leads elsewhere")
  }
}

const decoded = (chunks: ReadonlyArray<Uint8Array>) => {
  const decoder = ReplyDecoder.make()
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()]
}

const linesOf = (chunks: ReadonlyArray<Uint8Array>) => {
  const lines = TelnetLines.make(LONGEST, { nul: "Keep", counts: "Text" })
  const found: Array<string> = []
  for (const chunk of chunks) {
    lines.push(chunk, (line) => found.push(WireText.decode(line)) > 0)
  }
  return found
}

const inBytes = (bytes: Uint8Array) => Array.from(bytes.subarray(0, LONGEST), (byte) => Uint8Array.of(byte))

/** The same is read from one chunk as from single bytes. */
const isTheSameInPieces = (read: (chunks: ReadonlyArray<Uint8Array>) => unknown) => (text: string) => {
  const bytes = bytesOf(text).subarray(0, LONGEST)
  expect(JSON.stringify(read([bytes])) === JSON.stringify(read(inBytes(bytes))), "pieces are read differently")
}

export const targets = (scratch: string): ReadonlyArray<Target> => [
  {
    name: "replies",
    input: FastCheck.oneof(
      textOf("220 ", "220-", "211 End", "\r\n", "600 ", "22"),
      FtpArbitrary.replyBytes.map(({ bytes }) => WireText.decode(bytes))
    ),
    run: isTheSameInPieces(decoded)
  },
  {
    name: "telnet",
    input: textOf("\udcff\udcff", "\udcff\udcfb", "\udcff\udcf4", "\r\0", "\r\n", "USER a"),
    run: isTheSameInPieces(linesOf)
  },
  {
    name: "text",
    input: textOf("\udcc3", "\udca9", "\udced\udca0\udc80", "日本"),
    run: (text) => {
      const bytes = bytesOf(text)
      expect(Buffer.from(bytes).equals(bytesOf(WireText.decode(bytes))), "bytes don't survive")
      WireText.toDisplay(text)
    }
  },
  {
    name: "mlsx",
    input: FastCheck.oneof(
      textOf("type=file;", "type=OS.unix=slink:", "size=", "modify=20231014172011", "unique=", ";", "=", " a", "\n"),
      FtpArbitrary.mlsxLine.map(({ line }) => line)
    ),
    run: listed((text) => ListingText.parseMlsd(text, options))
  },
  {
    name: "list",
    input: textOf(
      "-rw-r--r--   1 ",
      "lrwxrwxrwx",
      "anna staff ",
      " 4711 ",
      "Mar  9 07:41 ",
      "2023-10-14 ",
      " -> ",
      "\n",
      "total "
    ),
    run: listed((text) => ListingText.parse(text, options))
  },
  ...Object.entries(listings).map(([dialect, lines]) => ({
    name: `list-${dialect}`,
    input: textOf("\n", ...lines.map((line) => `${line}\n`), ...lines.flatMap((line) => line.split(/(?<= )(?! )/))),
    run: listed((text) => ListingText.parse(text, { ...options, dialect: dialect as Listing.DialectName }))
  })),
  {
    name: "passive",
    input: textOf("(", ")", "|", "(|||", "1,2,3,4,", "195,80", "5000|)", ","),
    run: (text) => {
      for (const { host, port } of Option.toArray(HostPort.fromPasv(Reply.make(227, text)))) {
        const argument = Option.getOrThrow(HostPort.toPort(host, port))
        expect(Option.isSome(HostPort.fromPasv(Reply.make(227, `(${argument})`))), "an address doesn't survive")
      }
      for (const port of Option.toArray(HostPort.fromEpsv(Reply.make(229, text)))) {
        expect(Number.isInteger(port) && port > 0 && port < 65_536, "no port")
      }
    }
  },
  {
    name: "times-and-sizes",
    input: textOf("20231014172011", ".", "250", "19100", "4711", " "),
    run: (text) => {
      for (const { at } of Option.toArray(Timestamp.fromReply213(Reply.make(213, text)))) {
        const again = Timestamp.parse(Timestamp.formatMillis(at))
        expect(
          Option.exists(again, (time) => time.at.epochMillis === at.epochMillis),
          "a time doesn't survive"
        )
      }
      for (const size of Option.toArray(sizeOf(Reply.make(213, text)))) {
        expect(Option.contains(sizeOf(Reply.make(213, String(size))), size), "a size doesn't survive")
      }
    }
  },
  {
    name: "features",
    input: textOf(" MLST type*;size*;", " HASH SHA-256*;MD5", "REST STREAM", ";", "*", " "),
    run: (text) => {
      const features = Features.parse({ code: 211, lines: ["Features", ...text.split("\n"), "End"] })
      Features.mlstFacts(features)
      HashReply.questions(features, "a", "SHA-256")
    }
  },
  {
    name: "paths",
    input: textOf('"', '""', '"/a"', " is the current directory", "/", "..", "\x1b"),
    run: (text) => {
      for (const path of Option.toArray(RemotePath.fromReply257(Reply.make(257, text)))) {
        const quoted = `"${path.replaceAll('"', '""')}" is the current directory`
        expect(Option.contains(RemotePath.fromReply257(Reply.make(257, quoted)), path), "a path doesn't survive")
      }
    }
  },
  {
    name: "hashes",
    input: textOf("SHA-256 ", "0-5 ", "a".repeat(64), "A".repeat(64), "MD5", " a", "beef"),
    run: (text) => {
      for (const { value } of Option.toArray(HashReply.parse(Reply.make(213, text), "a", "SHA-256"))) {
        expect(/^[0-9a-f]{64}$/.test(value), "no hash")
      }
    }
  },
  {
    name: "netrc",
    input: textOf("machine h ", "default ", "login ", "password ", '"', "\\", "#", "macdef ", "\n", "\n\n"),
    run: (text) => {
      Either.map(Netrc.parse(text), (entries) => Netrc.find(entries, "h", undefined))
    }
  },
  {
    name: "urls",
    input: textOf("ftp://", "ftpes://", "ann", ":", "@", "[::1]", "/", "%2f", "%", ";type=", "host"),
    run: (text) => {
      for (const url of Option.toArray(Either.getRight(FtpUrl.parse(text)))) {
        FtpUrl.toLabel(url)
      }
    }
  },
  {
    name: "journal",
    input: FastCheck.oneof(
      textOf('{"version":1,', '"path":"a",', '"size":', '"here":[[0,5]],', "null,", "}", '"safe":[]'),
      FastCheck.json()
    ),
    run: (text) => {
      writeFileSync(Journal.nameOf(scratch), text)
      return Effect.runPromise(Effect.provide(Journal.read(scratch), NodeFtpFile.layer))
    }
  },
  {
    name: "upload-record",
    input: FastCheck.oneof(
      textOf(
        '{"version":1,',
        '"server":"a@h:21",',
        '"path":"a",',
        '"names":["a"],',
        '"sent":1,',
        '"run":""',
        "}",
        "null"
      ),
      FastCheck.json(),
      FastCheck.record({
        server: FastCheck.string(),
        path: FastCheck.string({ unit: "binary" }),
        names: FastCheck.array(FastCheck.string({ unit: "binary" }), { maxLength: 3 }),
        source: FastCheck.string(),
        sent: FastCheck.oneof(FastCheck.nat(), FastCheck.double()),
        run: FastCheck.string()
      }).map((record) => JSON.stringify({ version: 1, ...record }))
    ),
    run: (text) => {
      for (const record of Option.toArray(UploadRecord.parse(text))) {
        expect(Number.isInteger(record.sent) && record.sent >= 0, "no count of bytes")
        const again = Option.getOrThrow(UploadRecord.parse(UploadRecord.toText(record)))
        expect(JSON.stringify(again) === JSON.stringify(record), "a record doesn't survive")
      }
    }
  }
]
