/** Listings of each dialect as its servers print them: what no other dialect may take for its own. */
import type * as Listing from "#core/protocol/Listing"

export const listings: { readonly [name in Listing.DialectName]: ReadonlyArray<string> } = {
  Unix: [
    "total 48",
    "drwxrwsr-t   7 anna   staff      4096 Nov 30  2019 old files",
    "-rw-r--r--   1 anna   staff      4711 Mar  9 07:41 report.pdf",
    "lrwxrwxrwx   1 anna   staff        19 Jan  2 11:05 cur -> builds/2024",
    "crw-rw----   1 root   tty      5,  64 May  5 05:05 ttyS0",
    "-rw-r--r--   1 1004   100          10 2023-10-14 17:20 10-14-23"
  ],
  Dos: [
    "10-14-23  05:20PM       <DIR>          our files",
    "10-14-23  05:20PM              2048000 data.bin",
    "10-14-23  05:20PM       <JUNCTION>     link [C:\\target]",
    "10-14-23  05:20PM                   10 -rw-r--r--   1 a b 10 Mar  9 07:41 x"
  ],
  Eplf: ["+i40213.7719,m1697304000,r,s5120,up640,\tnotes.txt", "+m1697304000,/,\tmusic"],
  Vms: [
    "Directory DISK:[ANNA]",
    "",
    "README.TXT;4          2/9   14-OCT-2023 17:20:11  [GRP,ANNA]  (RWED,RWED,RE,)",
    "A_VERY_LONG_NAME_WITH_A_TYPE.DATA;12",
    "                      187   14-OCT-2023 17:20 [ANNA] (RWE,RE,,)",
    "SUB.DIR;1             1/9   01-JAN-2020 00:00:00  [SYSTEM]  (RWE,RE,RE,RE)",
    "",
    "Total of 3 files, 190/220 blocks"
  ],
  Os400: [
    "ANNA         77824 10/14/23 17:20:11 *STMF      notes.txt",
    "ANNA         36864 10/14/23 17:20:11 *DIR       work/",
    "ANNA         36864 10/14/23 17:20:11 *FILE      SOURCE.FILE",
    "ANNA                                 *MEM       SOURCE.FILE/PGM1.MBR"
  ],
  Mvs: [
    "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname",
    "WORK01 3390   2023/10/14  1   15  FB      80 27920  PO  LIB.CNTL",
    "WORK02 3390   **NONE**    1 ????  VB     256 27998  PS  'ANNA.DATA'",
    "Migrated                                                OLD.DATA"
  ],
  NetWare: [
    "total 0",
    "d [RWC--FM-] sales.acme            512 Mar  3 08:12 ledgers",
    "- [-WCEAF-S] paul                88120 Aug 25  2018 plan v2.xls"
  ],
  Os2: [
    "         4096       A  10-14-23  17:20  CONFIG.SYS",
    "            0     DIR  10-14-23  17:25  BIN",
    "           12          10-14-23  17:25  a b"
  ],
  NonStop: [
    "File         Code             EOF  Last Modification    Owner  RWEP",
    'DATAF         101           16384  14-Oct-23 17:20:11  255,255 "oooo"',
    'LOGF    O       0            2048   4-Oct-23 07:20:11    1, 12 "nunu"'
  ],
  Zvm: [
    "README   TEXT     V         71         26          1 2023-10-14 17:20:11 ANN191",
    "WORK     DIR      -          -          -          - 2023-10-14 17:20:11 -"
  ],
  VxWorks: [
    "  size          date       time       name",
    "--------       ------     ------    --------",
    "    4096    OCT-14-2023  17:20:11   LOGS              <DIR>",
    "    5120    OCT-14-2023  17:20:11   boot config.txt"
  ],
  ConnectEnterprise: ["-C--E-----FTP B QUA1I1      18128       41 Aug 12 13:56 QUADTEST"]
}
