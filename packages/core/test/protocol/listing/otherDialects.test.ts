import { describe, expect, it } from "@effect/vitest"
import { connectEnterprise } from "#core/protocol/listing/connectEnterprise"
import type { Dialect } from "#core/protocol/listing/Dialect"
import { eplf } from "#core/protocol/listing/eplf"
import { mvs } from "#core/protocol/listing/mvs"
import { netWare } from "#core/protocol/listing/netWare"
import { nonStop } from "#core/protocol/listing/nonStop"
import { os2 } from "#core/protocol/listing/os2"
import { os400 } from "#core/protocol/listing/os400"
import { vms } from "#core/protocol/listing/vms"
import { vxWorks } from "#core/protocol/listing/vxWorks"
import { zvm } from "#core/protocol/listing/zvm"
import { listingTexts } from "../../support/entryText.ts"
import { listings } from "../../support/listings.ts"

/** What each listing says: its entries, then its unread lines. */
const tables: ReadonlyArray<
  readonly [what: string, dialect: Dialect, lines: ReadonlyArray<string>, expected: ReadonlyArray<string>]
> = [
  [
    "EPLF",
    eplf,
    [
      ...listings.Eplf,
      "+/, a b",
      "+r,i1.2,\t c",
      "+s5,\tno type",
      "+\tno facts",
      "+r,s5x,m1e9,up9,\todd",
      "+r,m99999999999999,\tfar",
      "+r,",
      "r,\ta",
      "+r,\t"
    ],
    [
      "notes.txt File size=5120 time=2023-10-14T17:20:00Z mode=640 unique=40213.7719",
      "music Directory time=2023-10-14T17:20:00Z",
      "a b Directory",
      " c File unique=1.2",
      "odd File",
      "far File",
      "unread: +s5,\tno type",
      "unread: +\tno facts",
      "unread: +r,",
      "unread: r,\ta",
      "unread: +r,\t"
    ]
  ],
  [
    "VMS: versions, lines that continue, directories, files that may not be read",
    vms,
    [
      ...listings.Vms,
      "SECRET.TXT;1          %RMS-E-PRV, insufficient privilege or file protection violation",
      "CORE.;1   No privilege for attempted operation",
      "A^_B.C;7  5  1-JAN-2020",
      "LONG.NAME;1",
      "  5/9  1-JAN-2020 00:00",
      "  [SYSTEM]   (RWED,RWED,,)",
      "ALONE.TXT;1",
      "Grand total of 1 directory, 3 files.",
      "  5/9  1-JAN-2020 00:00",
      "NO.DATE;1   5/9",
      "%DIRECT-W-NOFILES, no files found"
    ],
    [
      "README.TXT;4 File time=2023-10-14T17:20:11 owner=ANNA group=GRP",
      "A_VERY_LONG_NAME_WITH_A_TYPE.DATA;12 File time=2023-10-14T17:20 owner=ANNA",
      "SUB Directory time=2020-01-01T00:00:00 owner=SYSTEM",
      "SECRET.TXT;1 File",
      "CORE.;1 File",
      "A^_B.C;7 File time=2020-01-01",
      "LONG.NAME;1 File time=2020-01-01T00:00",
      "unread: ALONE.TXT;1",
      "unread:   5/9  1-JAN-2020 00:00",
      "unread: NO.DATE;1   5/9",
      "unread: %DIRECT-W-NOFILES, no files found"
    ]
  ],
  [
    "OS/400: objects, members, and files of IFS",
    os400,
    [
      ...listings.Os400,
      "ANNA         36864 10/14/23 17:20:11 *FILE      SAVED.SAVF",
      "ANNA                                 *MEM       QCLSRC.PGM1",
      "ANNA                                 *MEM       OTHER.FILE/A.MBR",
      "QSYS         36864 2023-10-14 17:20:11 *SYMLNK    link name ",
      "QSYS         36864 04.05.23 17.20.11 *LIB       QGPL",
      "QSYS         36864 10/14/23 17:20:11 *DTAARA    AREA",
      "QSYS         36864 10/14/23 17:20:11 STMF       a"
    ],
    [
      "notes.txt File size=77824 time=2023-10-14T17:20:11 owner=ANNA",
      "work Directory time=2023-10-14T17:20:11 owner=ANNA",
      "SOURCE.FILE Directory time=2023-10-14T17:20:11 owner=ANNA",
      "SAVED.SAVF File size=36864 time=2023-10-14T17:20:11 owner=ANNA",
      "QCLSRC.PGM1 File owner=ANNA",
      "link name  SymbolicLink time=2023-10-14T17:20:11 owner=QSYS",
      "QGPL Directory time=2023-05-04T17:20:11? owner=QSYS",
      "AREA Other time=2023-10-14T17:20:11 owner=QSYS",
      "unread: QSYS         36864 10/14/23 17:20:11 STMF       a",
      "unread: ANNA                                 *MEM       OTHER.FILE/A.MBR"
    ]
  ],
  [
    "z/OS: data sets, migrated, on tape, and qualifiers",
    mvs,
    [
      ...listings.Mvs,
      "WORK03 3390   2023/10/14  2 1234  U        0  6144  PO-E LIB.LOAD",
      "WORK03 3390   2023/10/14  2 1234  ?        ?     ?  ?   ODD",
      "V43525 Tape                                             ON.TAPE",
      "ARCIVE Not Direct Access Device                         ARC.DATA",
      "WORK04 3390                                         VSAM  KSDS.CLUSTER",
      "Pseudo Directory                                        SUB",
      "Error determining attributes                            BROKEN",
      "GDG                                                     ANNA.BACKUP",
      "WORK03 3390   2023/10/14  2 a b"
    ],
    [
      "LIB.CNTL Directory",
      "'ANNA.DATA' File",
      "OLD.DATA Other",
      "LIB.LOAD Directory",
      "ODD Other",
      "ON.TAPE Other",
      "ARC.DATA Other",
      "KSDS.CLUSTER Other",
      "SUB Directory",
      "BROKEN Other",
      "ANNA.BACKUP Other",
      "unread: WORK03 3390   2023/10/14  2 a b"
    ]
  ],
  [
    "z/OS: members with and without statistics",
    mvs,
    [
      " Name     VV.MM   Created       Changed      Size  Init   Mod   Id",
      "MEMBER1   01.03 2023/10/14 2023/10/15 09:30    12    10     2 ANNA",
      "MEMBER2",
      " $MEMBER",
      "TOO LONG A LINE"
    ],
    ["MEMBER1 File time=2023-10-15T09:30 owner=ANNA", "MEMBER2 File", "$MEMBER File", "unread: TOO LONG A LINE"]
  ],
  [
    "z/OS: load modules",
    mvs,
    [
      " Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode",
      "LOADER    000150   000102          00 FO             RN RU            31    ANY ",
      "PLAIN"
    ],
    ["LOADER File", "PLAIN File"]
  ],
  [
    "z/OS: jobs, with and without a header",
    mvs,
    [
      "ANNA     JOB01234  OUTPUT    3 Spool Files",
      "JOBNAME  JOBID    OWNER    STATUS CLASS",
      "ANNAJ    JOB01235 ANNA     OUTPUT A        RC=0000 3 spool files",
      "ANNAJ    TSU01236 ANNA     ACTIVE TSU",
      "MEMBER2"
    ],
    ["JOB01234 File", "JOB01235 File owner=ANNA", "TSU01236 File owner=ANNA", "unread: MEMBER2"]
  ],
  [
    "NetWare",
    netWare,
    [
      ...listings.NetWare,
      "d [R----F--] supervisor            512       Jan 16 18:53    login",
      "-[R----F-] guest            7 Jan 16 18:53 a",
      "d [RWC--FM-] sales.acme            512 a"
    ],
    [
      "ledgers Directory time=2023-03-03T08:12 owner=sales.acme",
      "plan v2.xls File size=88120 time=2018-08-25 owner=paul",
      "login Directory time=2023-01-16T18:53 owner=supervisor",
      "a File size=7 time=2023-01-16T18:53 owner=guest",
      "unread: d [RWC--FM-] sales.acme            512 a"
    ]
  ],
  [
    "OS/2",
    os2,
    [
      ...listings.Os2,
      "  0  A  DIR  04-05-23   16:26  ADDRESS",
      "  7  HS  04-05-2023  16:26  x",
      "  7  04-05  16:26  x"
    ],
    [
      "CONFIG.SYS File size=4096 time=2023-10-14T17:20",
      "BIN Directory time=2023-10-14T17:25",
      "a b File size=12 time=2023-10-14T17:25",
      "ADDRESS Directory time=2023-04-05T16:26",
      "x File size=7 time=2023-04-05T16:26",
      "unread:   7  04-05  16:26  x"
    ]
  ],
  [
    "NonStop",
    nonStop,
    [...listings.NonStop, "LOWER 0 5 14-oct-2023 17:20:11 1,2 nnnn", "X 0 5 14-xyz-23 17:20:11 1,2 nnnn", "DIRECTORY"],
    [
      "DATAF File size=16384 time=2023-10-14T17:20:11 owner=255 group=255",
      "LOGF File size=2048 time=2023-10-04T07:20:11 owner=12 group=1",
      "LOWER File size=5 time=2023-10-14T17:20:11 owner=2 group=1",
      "unread: X 0 5 14-xyz-23 17:20:11 1,2 nnnn",
      "unread: DIRECTORY"
    ]
  ],
  [
    "z/VM",
    zvm,
    [...listings.Zvm, "PROFILE  EXEC     F         80          1          1 10/14/23  7:20:11 ANN191", "A B C"],
    [
      "README.TEXT File time=2023-10-14T17:20:11",
      "WORK Directory time=2023-10-14T17:20:11",
      "PROFILE.EXEC File time=2023-10-14T07:20:11",
      "unread: A B C"
    ]
  ],
  [
    "VxWorks",
    vxWorks,
    [...listings.VxWorks, "  5  OCT-14-2023  17:20:11   padded   ", "  5  XYZ-14-2023  17:20:11   x"],
    [
      "LOGS Directory time=2023-10-14T17:20:11",
      "boot config.txt File size=5120 time=2023-10-14T17:20:11",
      "padded File size=5 time=2023-10-14T17:20:11",
      "unread:   5  XYZ-14-2023  17:20:11   x"
    ]
  ],
  [
    "Connect:Enterprise",
    connectEnterprise,
    [
      ...listings.ConnectEnterprise,
      "-ARTE-----TCP A cbeodm   22159   629629 Aug 06 05:47 a b",
      "-C--E-----FTP B QUA1I1      18128       41"
    ],
    [
      "QUADTEST File size=41 time=2023-08-12T13:56 owner=QUA1I1",
      "a b File size=629629 time=2023-08-06T05:47 owner=cbeodm",
      "unread: -C--E-----FTP B QUA1I1      18128       41"
    ]
  ]
]

describe("listings of other systems", () => {
  it.each(tables)(
    "of the kind %s are read line by line, and what can't be read is reported",
    (_, dialect, lines, expected) => {
      expect(listingTexts(dialect, lines)).toEqual(expected)
    }
  )
})
