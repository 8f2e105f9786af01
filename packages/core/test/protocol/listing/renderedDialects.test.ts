/** Lines as the servers of other systems print them, rendered from facts and read again. */
import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { connectEnterprise } from "#core/protocol/listing/connectEnterprise"
import type { Dialect } from "#core/protocol/listing/Dialect"
import { eplf } from "#core/protocol/listing/eplf"
import { mvs } from "#core/protocol/listing/mvs"
import { netWare } from "#core/protocol/listing/netWare"
import { nonStop } from "#core/protocol/listing/nonStop"
import { os2 } from "#core/protocol/listing/os2"
import { os400 } from "#core/protocol/listing/os400"
import { unix } from "#core/protocol/listing/unix"
import { vms } from "#core/protocol/listing/vms"
import { vxWorks } from "#core/protocol/listing/vxWorks"
import { listingTexts } from "../../support/entryText.ts"

describe("listings of other systems, rendered for any name, size and time,", () => {
  it("are read as what they were rendered from", () => {
    const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ")
    const renderers: ReadonlyArray<
      readonly [Dialect, RegExp, (name: string, size: number, iso: string) => ReadonlyArray<string>, string, number]
    > = [
      [eplf, /^.*$/, (name, size, iso) => [`+r,s${size},m${Date.parse(iso) / 1000},\t${name}`], "Z", 19],
      [
        vms,
        /^[A-Z0-9_$.-]+$/,
        (name, size, iso) => [`${name};1`, `  ${size % 1000}/9  ${dashed(iso)} ${iso.slice(11, 19)} [A,B] (RWED,,,)`],
        "",
        19
      ],
      [
        os400,
        /^[^ ].*[^/]$/,
        (name, size, iso) => [`ANNA ${size} ${iso.slice(0, 10)} ${iso.slice(11, 19)} *STMF     ${name}`],
        "",
        19
      ],
      [
        mvs,
        /^[A-Z][A-Z0-9]{0,7}$/,
        (name, _, iso) => [
          " Name     VV.MM   Created       Changed      Size  Init   Mod   Id",
          `${name} 01.03 2020/01/01 ${iso.slice(0, 10).replaceAll("-", "/")} ${iso.slice(11, 16)} 1 1 1 ANNA`
        ],
        "",
        16
      ],
      [
        netWare,
        /^[^ \t\u00a0\ufeff].*$/,
        (name, size, iso) => [
          `- [RWCEAFMS] anna  ${size} ${months[Number(iso.slice(5, 7)) - 1]} ${iso.slice(8, 10)}  ${iso.slice(0, 4)} ${name}`
        ],
        "",
        10
      ],
      [
        os2,
        /^[^ ].*$/,
        (name, size, iso) => [`  ${size}    A  ${iso.slice(0, 10)}  ${iso.slice(11, 16)}  ${name}`],
        "",
        16
      ],
      [
        nonStop,
        /^[A-Z][A-Z0-9]{0,7}$/,
        (name, size, iso) => [`${name} 0 ${size} ${dashed(iso)} ${iso.slice(11, 19)} 1,2 "nnnn"`],
        "",
        19
      ],
      [
        vxWorks,
        /^[^ ].*[^ <>]$/,
        (name, size, iso) => [
          `  ${size}  ${dashed(iso).replace(/^(\d+)-([A-Z]+)/, "$2-$1")}  ${iso.slice(11, 19)}   ${name}`
        ],
        "",
        19
      ],
      [
        connectEnterprise,
        /^.*$/,
        (name, size, iso) => [
          `-C--E-----FTP B QUA1I1  18128  ${size} ${months[Number(iso.slice(5, 7)) - 1]} ${iso.slice(8, 10)}  ${iso.slice(0, 4)} ${name}`
        ],
        "",
        10
      ]
    ]
    const dashed = (iso: string) => `${iso.slice(8, 10)}-${months[Number(iso.slice(5, 7)) - 1]}-${iso.slice(0, 4)}`
    const name = FastCheck.oneof(
      FastCheck.string({ minLength: 1, maxLength: 20, unit: "grapheme" }),
      FastCheck.stringMatching(/^[A-Z][A-Z0-9]{0,7}$/)
    ).filter((name) => !/[\r\n/\t]/.test(name) && name.trim() !== "" && !/^\.\.?$/.test(name))
    const rendered = FastCheck.tuple(
      FastCheck.constantFrom(...renderers),
      name,
      FastCheck.maxSafeNat(),
      FastCheck.nat(1_600_000_000)
    )
    FastCheck.assert(
      FastCheck.property(rendered, ([[dialect, names, render, zone, precision], any, size, seconds]) => {
        const name = names.test(any) ? any : "NAME"
        const iso = new Date(seconds * 1000).toISOString()
        const [text = ""] = listingTexts(dialect, render(name, size, iso))
        expect(text.startsWith(`${dialect === vms ? `${name};1` : name} File `)).toBe(true)
        expect(text).toContain(` time=${iso.slice(0, precision)}${zone}`)
        expect(text.includes(` size=${size} `)).toBe(dialect !== vms && dialect !== mvs)
      }),
      { numRuns: 500 }
    )
  })

  // ECMAScript takes them for white space; a server that pads its columns with spaces does not.
  it.each(["\u1680", "\u2028", "\u3000"])("may have a name that begins with %j", (space) => {
    const name = `${space}plan.txt`
    const lines: ReadonlyArray<readonly [Dialect, string]> = [
      [os2, `  5    A  2023-10-14  17:20  ${name}`],
      [os400, `ANNA 5 2023-10-14 17:20:00 *STMF     ${name}`],
      [vxWorks, `  5  Oct-14-2023  17:20:00   ${name}`],
      [vxWorks, `  5 Oct 14, 2023 17:20 ${name}`],
      [unix, `0100644   1  0  5  1697304000  ${name}`]
    ]
    for (const [dialect, line] of lines) {
      expect(listingTexts(dialect, [line])[0]).toMatch(new RegExp(`^${name} File `))
    }
  })
})
