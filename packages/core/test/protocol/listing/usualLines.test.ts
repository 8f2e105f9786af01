/** Long listings consist of usual lines: those are read in few steps, and as all others are. */
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import { mlsx, parseLine } from "#core/protocol/listing/mlsx"
import { unix } from "#core/protocol/listing/unix"

const context = {
  directory: "pub",
  now: DateTime.unsafeMake(1_785_000_000_000),
  zone: DateTime.zoneMakeOffset(0),
  zoneFrom: "Assumed"
} as const

const time = FastCheck.constantFrom(
  "20231014172011",
  "20200229235960",
  "20210230000000",
  "2023",
  "20231014172011.5",
  ""
)
const size = FastCheck.constantFrom(
  "0",
  "4711",
  "9007199254740989",
  "9007199254740991",
  "9007199254740993",
  "-1",
  "",
  "12345678901234567890123"
)
const unique = FastCheck.constantFrom("801U1000", "", "x=y")
const name = FastCheck.constantFrom("a.txt", "n".repeat(1100), " a", "a;b", "type=file; a", ".", "ü", "x/y", "a b")

/** As ProFTPD, vsftpd's kin, Pure-FTPd and others write them. */
const line = FastCheck.record({
  time,
  size,
  unique,
  name,
  form: FastCheck.nat(9),
  between: FastCheck.constantFrom("", "lang=en;", "type=dir;", ";"),
  mode: FastCheck.constantFrom("0644", "0755")
}).map(
  ({ between, form, mode, name, size, time, unique }) =>
    [
      `modify=${time};perm=adfrw;size=${size};type=file;unique=${unique};UNIX.group=1000;UNIX.mode=${mode}; ${name}`,
      `modify=${time};perm=flcdmpe;type=dir;unique=${unique};UNIX.group=1000;UNIX.mode=${mode}; ${name}`,
      `type=file;size=${size};modify=${time};UNIX.mode=${mode};UNIX.uid=0;unique=${unique}; ${name}`,
      `type=dir;sizd=4096;size=${size};modify=${time};UNIX.mode=${mode}; ${name}`,
      `size=${size};sizd=4096;modify=${time};type=file; ${name}`,
      `type=OS.unix=slink:/a;Size=${size};Modify=${time}; ${name}`,
      `type=cdir;modify=${time};unique=${unique}; ${name}`,
      `size=${size};type=file;size=${size}1; ${name}`,
      `type=file;size=${size}; modify=${time}; ${name}`,
      `size=${size};${between}modify=${time};${between}unique=${unique};${between}UNIX.mode=${mode}; ${name}`
    ][form] ?? ""
)

describe("a usual line of a listing", () => {
  it("of MLSD is read as alone, whatever lines were before it", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(line, { maxLength: 40 }), (lines) => {
        const { usual } = mlsx().open(context)
        for (const line of lines) {
          const entry = usual?.(line)
          if (entry !== undefined) {
            expect(Either.right(Option.some(entry))).toEqual(parseLine(line, context.directory))
          }
        }
      }),
      { numRuns: 300 }
    )
  })

  it.each([
    [
      "MLSD",
      mlsx(),
      (at: number) =>
        `modify=2023101417${10 + (at % 50)}11;size=${at};type=${at % 3 === 0 ? "dir" : "file"};unique=1U${at}; n${at}`
    ],
    [
      "LIST",
      unix,
      (at: number) => `-rw-r--r--   1 ann      ann      ${String(at).padStart(8)} Nov 09 07:${10 + (at % 50)} n${at}`
    ]
  ] as const)("of %s is read in the short way, each of a thousand", (_, dialect, lineOf) => {
    const { usual } = dialect.open(context)
    const read = Array.from({ length: 1000 }, (_, at) => usual?.(lineOf(at)))
    expect(read.filter((entry) => entry !== undefined).length).toBe(1000)
  })
})
