/** Temporary names of uploads and parts of swaps: what is not copied, and what stays in a target because it may be in use. */
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Filter from "#core/mirror/Filter"
import * as InUse from "#core/mirror/inUse"
import { plan } from "#core/mirror/plan"
import * as Rules from "#core/mirror/rules"
import * as Marker from "#core/mirror/swapMarker"
import * as Tree from "#core/mirror/Tree"
import type { FtpTime } from "#core/protocol/FtpEntry"
import * as TemporaryName from "#core/transfer/upload/temporaryName"

const NOW = Date.parse("2026-11-30T12:00:00Z")
const HOUR = 3_600_000
const HOURS_OF_DAY = 24

const UPLOAD = ".a.html.1a2b3c4d.ftp-effect"
const WITH_VERSION = ".a.html.0123456789abcdef.1a2b3c4d.ftp-effect"
const BACKUP = ".a.html.old.1a2b3c4d.ftp-effect"

const rules: Rules.Rules = { ...Rules.defaults, delete: "Extra", now: NOW }

/** A time so many hours ago. */
const ago = (hours: number, facts: Partial<FtpTime> = {}): Option.Option<FtpTime> =>
  Option.some({ at: DateTime.unsafeMake(NOW - hours * HOUR), precision: "Second", zone: "Utc", ...facts })

const file = (path: string, modified: Option.Option<FtpTime> = ago(1000)) =>
  Tree.entry(path, "File", { size: Option.some(1), modified })

const directory = (path: string) => Tree.entry(path, "Directory")

const KEPT = file("kept.html")

/** What is deleted, and what is skipped, of a target that has this beside what the source has. */
const planned = (...extra: ReadonlyArray<Tree.TreeEntry>) => {
  const trees = { source: Tree.snapshot([KEPT]), target: Tree.snapshot([KEPT, ...extra]), ours: new Map() }
  const { skipped, steps, withheld } = plan(trees, rules)
  expect(withheld).toBe(undefined)
  return {
    removed: steps.map(({ _tag, path }) => `${_tag} ${path}`).sort(),
    skipped: skipped.map(({ path, reason }) => `${reason} ${path}`).sort()
  }
}

const stays = (path: string) => ({ removed: [], skipped: [`Reserved ${path}`] })
const goes = (path: string) => ({ removed: [`Remove ${path}`], skipped: [] })

describe("the temporary name of an upload", () => {
  it.effect("is recognised, of any file, and no other name is", () =>
    Effect.gen(function* () {
      for (const path of ["a", "in/b.tar.gz", ".htaccess", "é \n", `${"x".repeat(300)}.iso`]) {
        for (const at of [
          yield* TemporaryName.make(path, Option.none()),
          yield* TemporaryName.make(path, Option.some("0123456789abcdef")),
          yield* TemporaryName.makeBackup(path)
        ]) {
          expect(TemporaryName.isAny(Tree.nameOf(at))).toBe(true)
        }
      }
      expect(TemporaryName.isAny(".A.1A2B3C4D.FTP-EFFECT")).toBe(true)
      for (const name of ["a.1a2b3c4d.ftp-effect", ".a.1a2b3c4.ftp-effect", ".1a2b3c4d.ftp-effect", `${UPLOAD}~`]) {
        expect(TemporaryName.isAny(name)).toBe(false)
      }
    })
  )

  it.each([
    ["is a day and a second old", ago(HOURS_OF_DAY + 0.001), goes],
    ["is not a day old", ago(HOURS_OF_DAY - 1), stays],
    ["is of the future", ago(-HOURS_OF_DAY * 3), stays],
    ["has no time", Option.none(), stays],
    ["may be of the same minute", ago(HOURS_OF_DAY + 0.01, { precision: "Minute" }), stays],
    ["may be of the end of its day", ago(HOURS_OF_DAY + 20, { precision: "Day" }), stays],
    ["is of the day before yesterday", ago(HOURS_OF_DAY * 2 + 1, { precision: "Day" }), goes],
    ["may be of another zone", ago(HOURS_OF_DAY + 10, { zone: "Assumed" }), stays],
    ["is old in any zone", ago(HOURS_OF_DAY + 15, { zone: "Assumed" }), goes],
    ["is of a year that was not printed", ago(HOURS_OF_DAY + 1, { guess: "Year" }), goes],
    ["is of a year that can't be right", ago(HOURS_OF_DAY * 364, { guess: "Year" }), stays],
    ["may have day and month exchanged", ago(HOURS_OF_DAY * 30, { guess: "DayOrMonth" }), stays]
  ] as const)("stays in a target unless it is surely over a day old: it %s", (_, modified, expected) => {
    for (const name of [UPLOAD, WITH_VERSION]) {
      expect(planned(file(name, modified))).toEqual(expected(name))
    }
  })

  it("stays if it is that of an old file whose name no file has, however old it is", () => {
    expect(planned(file(BACKUP))).toEqual(stays(BACKUP))
    expect(planned(directory("in"), file(`in/${BACKUP}`), file("a.html"))).toEqual({
      removed: ["Remove a.html"],
      skipped: [`Reserved in/${BACKUP}`]
    })
    expect(planned(file(BACKUP), file("a.html")).removed).toEqual([`Remove ${BACKUP}`, "Remove a.html"])
    expect(planned(file(BACKUP, ago(1)), file("a.html"))).toEqual({
      removed: ["Remove a.html"],
      skipped: [`Reserved ${BACKUP}`]
    })
  })

  it("keeps its directory, from which all else is deleted", () => {
    const inside = [directory("in"), directory("in/deep"), file(`in/deep/${UPLOAD}`, ago(1)), file("in/deep/old")]
    expect(planned(...inside)).toEqual({
      removed: ["Remove in/deep/old"],
      skipped: [`Reserved in/deep/${UPLOAD}`]
    })
  })

  it("keeps a directory that a file of the source would replace", () => {
    const source = Tree.snapshot([file("in")])
    const target = Tree.snapshot([directory("in"), file(`in/${UPLOAD}`, ago(1))])
    const { skipped, steps } = plan({ source, target, ours: new Map() }, { ...rules, conflict: "Replace" })
    expect(steps).toEqual([])
    expect(skipped.map(({ path, reason }) => `${reason} ${path}`)).toEqual([`Reserved in/${UPLOAD}`, "Conflict in"])
  })

  it("is a directory that was replaced, as long as nothing else has its name or it is young", () => {
    const previous = (id: string) => `.page.ftp-effect-previous-${id}-1a2b3c4d`
    const [old, young] = [previous("20261101000000"), previous("20261130110000")]
    const of = (path: string, time = ago(1000)) => [directory(path), file(`${path}/x`, time)]
    expect(planned(...of(old))).toEqual({ removed: [], skipped: [`Reserved ${old}`] })
    const both = [file("page"), ...of(old)]
    expect(planned(...both).removed.sort()).toEqual([`Remove ${old}`, `Remove ${old}/x`, "Remove page"])
    expect(planned(file("page"), ...of(young))).toEqual({ removed: ["Remove page"], skipped: [`Reserved ${young}`] })
    const next = old.replace("previous", "next")
    expect(planned(...of(next)).removed.sort()).toEqual([`Remove ${next}`, `Remove ${next}/x`])
    expect(planned(...of(next, ago(1)))).toEqual({ removed: [], skipped: [`Reserved ${next}`] })
  })

  it("is a directory that was replaced, which is not copied, and told if nothing is deleted", () => {
    const path = ".page.ftp-effect-previous-20261101000000-1a2b3c4d"
    const source = Tree.snapshot([directory(path), file(`${path}/x`), KEPT])
    const up = plan({ source, target: Tree.snapshot([]), ours: new Map() }, rules)
    expect(up.steps.map((step) => step.path)).toEqual(["kept.html"])
    const { warnings } = plan({ source: Tree.snapshot([KEPT]), target: source, ours: new Map() }, Rules.defaults)
    expect(warnings).toMatchObject([expect.stringContaining(path)])
  })

  it("is not copied, and counts for nothing in a source that is empty otherwise", () => {
    const target = Tree.snapshot([KEPT])
    const { skipped, steps, withheld } = plan(
      { source: Tree.snapshot([file(UPLOAD), file(BACKUP)]), target, ours: new Map() },
      rules
    )
    expect({ steps, withheld }).toMatchObject({ steps: [], withheld: { reason: "SourceEmpty" } })
    expect(skipped.map(({ path, reason }) => `${reason} ${path}`)).toEqual([`Reserved ${UPLOAD}`, `Reserved ${BACKUP}`])
  })

  it("may be that of a directory, which shows if case counts, or was moved aside as a file", () => {
    expect(planned(directory(UPLOAD))).toEqual(stays(UPLOAD))
  })
})

describe("the temporary name that a killed upload of this mirror has left", () => {
  const SOURCE = Tree.snapshot([KEPT, file("a.html"), directory("in"), file("in/b"), file(`in/${"x".repeat(300)}`)])
  const LONG = `in/.${"x".repeat(200)}.1a2b3c4d.ftp-effect`
  const ours: ReadonlyMap<string, Rules.OwnFile> = new Map([["gone", { sha256: "", size: 1, isDrifted: false }]])
  const removedBy = (what: Rules.Rules["delete"], ...left: ReadonlyArray<Tree.TreeEntry>) =>
    plan(
      { source: SOURCE, target: Tree.snapshot([...SOURCE.entries.values(), ...left]), ours },
      { ...rules, delete: what, manifest: ".manifest" }
    )

  it("is one of a file that the source or the manifest has in that directory, or of the manifest", () => {
    const left = [
      UPLOAD,
      WITH_VERSION,
      BACKUP,
      "in/.b.1a2b3c4d.ftp-effect",
      ".gone.1a2b3c4d.ftp-effect",
      "..manifest.1a2b3c4d.ftp-effect",
      LONG
    ]
    const { steps } = removedBy("Ours", ...left.map((path) => file(path)))
    expect(steps.map(({ _tag, path, reason }) => [_tag, path, reason._tag]).sort()).toEqual(
      left.map((path) => ["Remove", path, "DeadUpload"]).sort()
    )
  })

  it.each([
    ["another file", ".other.html.1a2b3c4d.ftp-effect", ago(1000)],
    ["a file of another directory", "in/.a.html.1a2b3c4d.ftp-effect", ago(1000)],
    ["an upload of today", UPLOAD, ago(1)],
    ["an upload whose time is not told", UPLOAD, Option.none()]
  ] as const)("is not one of %s", (_, path, modified) => {
    expect(removedBy("Ours", file(path, modified)).steps).toEqual([])
  })

  it("is that of a link too, which a mirror replaces under such a name", () => {
    const left = Tree.entry(UPLOAD, "SymbolicLink", { modified: ago(1000) })
    expect(removedBy("Ours", left).steps).toMatchObject([
      { _tag: "Remove", path: UPLOAD, reason: { _tag: "DeadUpload" } }
    ])
    const source = Tree.snapshot([KEPT, Tree.entry("l", "SymbolicLink")])
    const target = Tree.snapshot([KEPT, Tree.entry(".l.1a2b3c4d.ftp-effect", "SymbolicLink", { modified: ago(1000) })])
    expect(plan({ source, target, ours: new Map() }, { ...rules, delete: "Ours" }).steps).toMatchObject([
      { _tag: "Remove", path: ".l.1a2b3c4d.ftp-effect", precondition: { _tag: "Link" } }
    ])
  })

  it("is no directory of such a name, and none that a pattern excludes", () => {
    expect(removedBy("Ours", directory(UPLOAD)).steps).toEqual([])
    const filter = Filter.make({ patterns: [".*"] })
    const target = Tree.snapshot([KEPT, file("a.html"), file(UPLOAD)])
    expect(plan({ source: SOURCE, target, ours }, { ...rules, delete: "Ours", filter }).steps).toMatchObject([
      { _tag: "MakeDirectory" },
      { _tag: "Copy" },
      { _tag: "Copy" }
    ])
  })

  it("stays, with a warning, if nothing is deleted", () => {
    const { steps, warnings } = removedBy("None", file(UPLOAD), file(`in/.b.1a2b3c4d.ftp-effect`), file("theirs"))
    expect(steps).toEqual([])
    expect(warnings).toEqual([
      `the target has 2 temporary files of uploads that were killed over a day ago (${UPLOAD}, in/.b.1a2b3c4d.ftp-effect): a mirror that deletes removes them`
    ])
    expect(removedBy("None", file("theirs")).warnings).toBe(undefined)
  })
})

describe("a part of a swap beside other directories", () => {
  const OLD_ID = "20261128000000-0123abcd"
  const YOUNG_ID = "20261130110000-0123abcd"
  const partsOf = (id: string, beat: Option.Option<FtpTime>) => {
    const { marker, next, previous } = Marker.namesOf("www", id)
    const token = Marker.tokenOf(id)
    const trees = [directory(next), file(`${next}/${token}`), file(`${next}/a.html`), directory(previous)]
    return { trees, marker: file(marker, beat), names: [next, previous, marker].sort() }
  }

  it("is recognised by each of its names", () => {
    for (const name of [...Object.values(Marker.namesOf("www", YOUNG_ID)), Marker.tokenOf(YOUNG_ID)]) {
      expect([...InUse.find(Tree.snapshot([file(name)]), NOW).keys()]).toEqual([name])
    }
  })

  it("stays with all that is in it for a day after its run began", () => {
    const { marker, names, trees } = partsOf(YOUNG_ID, ago(1000))
    expect(planned(...trees, marker)).toEqual({ removed: [], skipped: names.map((name) => `Reserved ${name}`) })
  })

  it("stays as long as its marker is written", () => {
    const { marker, names, trees } = partsOf(OLD_ID, ago(0.01))
    expect(planned(...trees, marker)).toEqual({ removed: [], skipped: names.map((name) => `Reserved ${name}`) })
    expect(planned(...trees, file(marker.path, Option.none())).removed).toEqual([])
  })

  it("is deleted when all of it is over a day old", () => {
    const { marker, trees } = partsOf(OLD_ID, ago(30))
    expect(planned(...trees, marker)).toEqual({
      removed: [...trees, marker].map(({ path }) => `Remove ${path}`).sort(),
      skipped: []
    })
  })

  it("holds back nothing of another swap", () => {
    const young = partsOf(YOUNG_ID, ago(1))
    const old = partsOf(OLD_ID, ago(30))
    expect(planned(...young.trees, young.marker, ...old.trees, old.marker).removed).toEqual(
      [...old.trees, old.marker].map(({ path }) => `Remove ${path}`).sort()
    )
  })
})
