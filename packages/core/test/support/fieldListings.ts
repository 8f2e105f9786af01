/** Whole listings of the same kind as `fieldLines`: lines that lean on a header, or on one another. */
const text = `
## data sets of z/OS
Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
WYOSPT 3420   2003/05/21  1  200  FB      80  8053  PS  32.MVS.FILE
WPTA01 3290   2004/03/04  1    3  FB      80  3125  PO  33.MVS.DIR
NRP004 3390   **NONE**    1   15  NONE     0     0  PO  34.MVS.DIR
TSO005 3390   2005/06/06 213000 U 0 27998 PO 35.MVS.DIR
TSO004 3390   VSAM 36.MVS.FILE
B10142 3390   2006/03/20  2   31  F       80    80  PS   MDI.OKL.WORK
ARCIVE Not Direct Access Device                    KJ.IOP998.ERROR.PL.UNITTEST
Migrated                                                SOME.FILE
MIGRAT SOME.OTHER
V43525 Error determining attributes    SOME.BROKEN
Pseudo Directory                                        SOME.HLQ
USR001 3390   2010/01/11  1 ++++ FB  80 27920  PS  BIG.ONE
TAPE   Tape                                             ON.TAPE
    => File|32.MVS.FILE|-|-|-|-|-
    => Directory|33.MVS.DIR|-|-|-|-|-
    => Directory|34.MVS.DIR|-|-|-|-|-
    => Directory|35.MVS.DIR|-|-|-|-|-
    => Other|36.MVS.FILE|-|-|-|-|-
    => File|MDI.OKL.WORK|-|-|-|-|-
    => Other|KJ.IOP998.ERROR.PL.UNITTEST|-|-|-|-|-
    => Other|SOME.FILE|-|-|-|-|-
    => Other|SOME.OTHER|-|-|-|-|-
    => Other|SOME.BROKEN|-|-|-|-|-
    => Directory|SOME.HLQ|-|-|-|-|-
    => File|BIG.ONE|-|-|-|-|-
    => Other|ON.TAPE|-|-|-|-|-
## members of z/OS
 Name     VV.MM   Created       Changed      Size  Init   Mod   Id
ILSBDH    01.01 2005/06/28 2006/01/13 08:21   128   128    0 USER
LOADONLY
TSTGEN0   01.00 2015/10/26 2015/10/26 14:36     1     1     0 ADMIN
    => File|ILSBDH|-|2006-01-13T08:21|-|USER|-
    => File|LOADONLY|-|-|-|-|-
    => File|TSTGEN0|-|2015-10-26T14:36|-|ADMIN|-
## load modules of z/OS
 Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode
EAGKCPT   000058   000009          00 FO             RN RU            31    ANY
EAGRTPRC  005F48   000011 EAGRTALT 00 FO             RN RU            31    ANY
    => File|EAGKCPT|-|-|-|-|-
    => File|EAGRTPRC|-|-|-|-|-
## jobs of z/OS
JOBNAME  JOBID    OWNER    STATUS CLASS
USER1    JOB01906 USER1    OUTPUT A        RC=0000 3 spool files
USER2    JOB01907 USER2    ACTIVE B
USER3A   STC01908 USER3    INPUT  C        (JCL error) 2 spool files
    => File|JOB01906|-|-|-|USER1|-
    => File|JOB01907|-|-|-|USER2|-
    => File|STC01908|-|-|-|USER3|-
## files of IBM i with their members
CFT             45056 04/12/06 14:19:31 *FILE      AFTWRK.FILE
CFT                                     *MEM       AFTWRK.FILE/AFTWRK.MBR
CFT             36864 28/11/06 15:19:30 *FILE      CFTCF.FILE
CFT                                     *MEM       CFTCF.FILE/CFTCF.MBR
QSYSOPR         28672 01/12/06 20:08:04 *FILE      FPKI45POK5.FILE
    => Directory|AFTWRK.FILE|-|2006-12-04T14:19:31|-|CFT|-
    => Directory|CFTCF.FILE|-|2006-11-28T15:19:30|-|CFT|-
    => Directory|FPKI45POK5.FILE|-|2006-12-01T20:08:04|-|QSYSOPR|-
## VMS
Directory DISK$USER:[FTP.PUB]
vms_multiline-file;1
170774/170775     24-APR-2003 08:16:15  [FTP_CLIENT,SCOT]      (RWED,RWED,RE,)
announce.txt;12
  2/8  12-SEP-2003 08:16 [SYSTEM] (RWED,RWED,RE,)
locked.txt;1   %RMS-E-PRV, insufficient privilege or file protection violation
Total of 3 files, 190/220 blocks
    => File|vms_multiline-file;1|-|2003-04-24T08:16:15|-|SCOT|FTP_CLIENT
    => File|announce.txt;12|-|2003-09-12T08:16|-|SYSTEM|-
    => File|locked.txt;1|-|-|-|-|-
## NonStop
File         Code             EOF  Last Modification    Owner  RWEP
IARPTS         101   16354  18-Mar-09 15:09:12 244, 10 "nnnn"
    => File|IARPTS|16354|2009-03-18T15:09:12|-|10|244
## UNIX with . and ..
total 20
drwxr-xr-x   8 98       98           512 Oct 22 13:06 .
drwxr-xr-x   8 98       98           512 Oct 22 13:06 ..
drwxr-xr-x   2 98       98           512 May  2  1996 curl-releases
lrwxrwxrwx   1 0        1              7 Dec  9  1999 bin -> usr/bin
    => Directory|curl-releases|512|1996-05-02|755|98|98
    => SymbolicLink|bin|7|1999-12-09|777|0|1|usr/bin
## Windows with single blanks
01-29-97 11:32PM <DIR> prog
01-29-97 11:32PM 1803128 blah
    => Directory|prog|-|1997-01-29T23:32|-|-|-
    => File|blah|1803128|1997-01-29T23:32|-|-|-
## NetWare
d [R--E--F--] admin 512 Feb 15 13:02 nosupport
- [-W---F--] SCION_VOL2                 23 Sep 22 2004 nobody.txt
    => Directory|nosupport|-|2023-02-15T13:02|-|admin|-
    => File|nobody.txt|23|2004-09-22|-|SCION_VOL2|-
## z/VM
README   TEXT     V         71         26          1 1997-04-02 12:33:20 TCP291
MAINT    EXEC     F         80        100          2 2001/01/02 12:33:20 191
    => File|README.TEXT|-|1997-04-02T12:33:20|-|-|-
    => File|MAINT.EXEC|-|2001-01-02T12:33:20|-|-|-
`

interface FieldListing {
  readonly what: string
  readonly lines: ReadonlyArray<string>
  /** Entries, as in `fieldLines` without the dialect. */
  readonly meaning: ReadonlyArray<string>
}

const ARROW = "    => "

export const fieldListings: ReadonlyArray<FieldListing> = text
  .split("\n## ")
  .slice(1)
  .map((section) => {
    const [what = "", ...lines] = section.trimEnd().split("\n")
    return {
      what,
      lines: lines.filter((line) => !line.startsWith(ARROW)),
      meaning: lines.flatMap((line) => (line.startsWith(ARROW) ? [line.slice(ARROW.length)] : []))
    }
  })
