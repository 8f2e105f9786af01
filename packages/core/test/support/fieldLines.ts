/**
 * Lines that the listing parsers of other clients are tested with (ftpparse, FileZilla, lftp, curl, commons-net, ncftp,
 * ftputil, jlaffaye/ftp), from memory: what servers of the field have printed. Below each, how it is read: dialect, type,
 * name, size, time, mode, owner, group, target; `-` for what is not known. A `\t` is a tab.
 */
const text = String.raw`
dr-xr-xr-x   2 root     other        512 Apr  8  1994 01-unix-std dir
    => Unix: Directory|01-unix-std dir|512|1994-04-08|555|root|other
-r--r--r--   1 root     other        531 3 29 03:26 02-unix-std file
    => Unix: File|02-unix-std file|531|2023-03-29T03:26|444|root|other
dr-xr-xr-x   2 root                  512 Apr  8  1994 03-unix-nogroup dir
    => Unix: Directory|03-unix-nogroup dir|512|1994-04-08|555|root|-
lrwxrwxrwx   1 root     other          7 Jan 25 00:17 04-unix-std link -> usr/bin
    => Unix: SymbolicLink|04-unix-std link|7|2023-01-25T00:17|777|root|other|usr/bin
-rw-r--r--   1 root     other        531 09-26 2000 05-unix-date file
    => Unix: File|05-unix-date file|531|2000-09-26|644|root|other
-rw-r--r--   1 root     other        531 09-26 13:45 06-unix-date file
    => Unix: File|06-unix-date file|531|2022-09-26T13:45|644|root|other
-rw-r--r--   1 root     other        531 2005-06-07 21:22 07-unix-date file
    => Unix: File|07-unix-date file|531|2005-06-07T21:22|644|root|other
-rw-r--r--   1 root     other  33.5k Oct 5 21:22 08-unix-namedsize file
    => Unix: File|08-unix-namedsize file|-|2022-10-05T21:22|644|root|other
d [R----F--] supervisor            512       Jan 16 18:53    09-netware dir
    => NetWare: Directory|09-netware dir|-|2023-01-16T18:53|-|supervisor|-
- [R----F--] rhesus             214059       Oct 20 15:27    10-netware file
    => NetWare: File|10-netware file|214059|2022-10-20T15:27|-|rhesus|-
-------r--         326  1391972  1392298 Nov 22  1995 11-netpresenz file
    => Unix: File|11-netpresenz file|1392298|1995-11-22|4|-|-
drwxrwxr-x               folder        2 May 10  1996 12-netpresenz dir
    => Unix: Directory|12-netpresenz dir|-|1996-05-10|775|-|-
-rw-r--r--   1 group domain user 531 Jan 29 03:26 13-unix-domain file
    => Unix: File|13-unix-domain file|531|2023-01-29T03:26|644|-|-
+i8388621.48594,m825718503,r,s280,up755\t14-eplf file
    => Eplf: File|14-eplf file|280|1996-03-01T22:15:03|755|-|-
+i8388621.50690,m824255907,/,\t15-eplf dir
    => Eplf: Directory|15-eplf dir|-|1996-02-13T23:58:27|-|-|-
04-27-00  12:09PM       <DIR>          16-dos-dateambiguous dir
    => Dos: Directory|16-dos-dateambiguous dir|-|2000-04-27T12:09|-|-|-
04-14-00  03:47PM                  589 17-dos-dateambiguous file
    => Dos: File|17-dos-dateambiguous file|589|2000-04-14T15:47|-|-|-
2002-09-02  18:48       <DIR>          18-dos-longyear dir
    => Dos: Directory|18-dos-longyear dir|-|2002-09-02T18:48|-|-|-
2002-09-02  19:06                9,730 19-dos-longyear file
    => Dos: File|19-dos-longyear file|9730|2002-09-02T19:06|-|-|-
0100644   500  101   12345    123456789       20-unix-numerical file
    => Unix: File|20-unix-numerical file|12345|1973-11-29T21:33:09|644|500|101
206876  Apr 04, 2000 21:06 21-vshell-old file
    => VxWorks: File|21-vshell-old file|206876|2000-04-04T21:06|-|-|-
0  Dec 12, 2002 02:13 22-vshell-old dir/
    => VxWorks: Directory|22-vshell-old dir|-|2002-12-12T02:13|-|-|-
-rwxr-xr-x    1 user group        9 Oct 08, 2002 09:47 23-vshell-new file
    => Unix: File|23-vshell-new file|9|2002-10-08T09:47|755|user|group
36611      A    04-23-103  10:57  24-os2 file
    => Os2: File|24-os2 file|36611|2003-04-23T10:57|-|-|-
 1123      A    07-14-99   12:37  25-os2 file
    => Os2: File|25-os2 file|1123|1999-07-14T12:37|-|-|-
    0 DIR       02-11-103  16:15  26-os2 dir
    => Os2: Directory|26-os2 dir|-|2003-02-11T16:15|-|-|-
 1123 DIR  A    10-05-100  23:38  27-os2 dir
    => Os2: Directory|27-os2 dir|-|2000-10-05T23:38|-|-|-
-rw-r--r--   1 root     sys       8473  4月 18  2003 28-localized date file
    => Unix: File|28-localized date file|8473|2003-04-18|644|root|sys
-rw-r--r--   1 root     sys       8473 4월 18 2003 29-localized
    => Unix: File|29-localized|8473|2003-04-18|644|root|sys
drwxrwxr-x   2 root     other      512 20-04-2001 30-date dir
    => Unix: Directory|30-date dir|512|2001-04-20|775|root|other
-rw-r--r--   1 root     other      531 2003   Apr 12 31-year first
    => Unix: File|31-year first|531|2003-04-12|644|root|other
QSYS            77824 02/23/00 15:09:55 *DIR 40-as400/
    => Os400: Directory|40-as400|-|2000-02-23T15:09:55|-|QSYS|-
QPGMR           36864 06/18/97 14:42:27 *STMF     file.txt
    => Os400: File|file.txt|36864|1997-06-18T14:42:27|-|QPGMR|-
vms_dir_1.DIR;1  1 19-NOV-2001 21:41 [root,root] (RWE,RWE,RE,RE)
    => Vms: Directory|vms_dir_1|-|2001-11-19T21:41|-|root|root
vms_file_3;1       155   2-JUL-2003 10:30:13.64
    => Vms: File|vms_file_3;1|-|2003-07-02T10:30:13|-|-|-
vms_notime_file;1    2/8    7-JAN-2000    [IV2_XXX]   (RWED,RWED,RE,)
    => Vms: File|vms_notime_file;1|-|2000-01-07|-|IV2_XXX|-
some.dir;1 %RMS-E-PRV, insufficient privilege or file protection violation
    => Vms: Directory|some|-|-|-|-|-
DATA.DIR;1               1/9           2-JUN-1998 07:32:04  [GROUP,OWNER]    (RWED,RWED,RWED,RE)
    => Vms: Directory|DATA|-|1998-06-02T07:32:04|-|OWNER|GROUP
A.;2                    18/18          1-JUL-1998 08:43:20  [GROUP,OWNER]    (RWED,RWED,RWED,RE)
    => Vms: File|A.;2|-|1998-07-01T08:43:20|-|OWNER|GROUP
30CHARBAR.TXT;1         11/18          2-JUN-1998 08:38:42  [GROUP-1,OWNER]    (RWED,RWED,RWED,RE)
    => Vms: File|30CHARBAR.TXT;1|-|1998-06-02T08:38:42|-|OWNER|GROUP-1
CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)
    => Vms: File|CII-MANUAL.TEX;1|-|1996-01-29T03:33:12|-|ANONYMOUS|ANONYMOU
39-zvm TRACE V 65 107 2 2005-10-04 15:28:42 060191
    => Zvm: File|39-zvm.TRACE|-|2005-10-04T15:28:42|-|-|-
IARPTS         101   16354  18-Mar-09 15:09:12 244, 10 "nnnn"
    => NonStop: File|IARPTS|16354|2009-03-18T15:09:12|-|10|244
JENNYCB2       101   16384  10-Jul-08 11:44:56 244, 10 "nnnn"
    => NonStop: File|JENNYCB2|16384|2008-07-10T11:44:56|-|10|244
2048    Feb-28-1998  05:23:30   58-nortel-vxworks file
    => VxWorks: File|58-nortel-vxworks file|2048|1998-02-28T05:23:30|-|-|-
512    Feb-28-1998  05:23:30   59-nortel-vxworks dir  <DIR>
    => VxWorks: Directory|59-nortel-vxworks dir|-|1998-02-28T05:23:30|-|-|-
-C--E-----FTP B BCC3I1       7670  1294495 Jan 13 07:42 conent file
    => ConnectEnterprise: File|conent file|1294495|2023-01-13T07:42|-|BCC3I1|-
-C--E-----FTS B BCC3I1       7670  1294496 Jan 13 07:42 conent file2
    => ConnectEnterprise: File|conent file2|1294496|2023-01-13T07:42|-|BCC3I1|-
-AR--M----TCP B ceunix      17570  2313708 Mar 29 08:56 ALL_SHORT1.zip
    => ConnectEnterprise: File|ALL_SHORT1.zip|2313708|2023-03-29T08:56|-|ceunix|-
-C--E-----FTP A QUA1I1      18128       41 Apr 1 2014 QUADTEST3
    => ConnectEnterprise: File|QUADTEST3|41|2014-04-01|-|QUA1I1|-
drwxr-xr-x   8 98       98           512 Oct 22 13:06 .
    => no entry
dr-xr-xr-x   5 0        1            512 Oct  1  1997 usr
    => Unix: Directory|usr|512|1997-10-01|555|0|1
-rw-r--r-T   1 500      500          0 Mar 25 08:20 testSticky
    => Unix: File|testSticky|0|2023-03-25T08:20|1644|500|500
-rwSr-Sr--   1 500      500          0 Mar 25 08:22 testSuid
    => Unix: File|testSuid|0|2023-03-25T08:22|6644|500|500
-rwsr-sr--   1 500      500          0 Mar 25 0:23 testSuidExec2
    => Unix: File|testSuidExec2|0|2023-03-25T00:23|6754|500|500
drwxrwx---+ 23 500     500    0 Jan 10 13:09 testACL
    => Unix: Directory|testACL|0|2023-01-10T13:09|770|500|500
-rw-r--r--   1 1        3518644 May 25 12:12 std
    => Unix: File|std|3518644|2023-05-25T12:12|644|1|-
lrwxrwxrwx   1 neeme neeme    23 Mar  2 18:06 macros -> ./../../global/macros/.
    => Unix: SymbolicLink|macros|23|2023-03-02T18:06|777|neeme|neeme|./../../global/macros/.
-rw-r--r--   1 ftp      group with spaces in it as allowed in cygwin see bug 38634   83853 Jan 22  2004 foo bar
    => Unix: File|foo bar|83853|2004-01-22|644|ftp|group with spaces in it as allowed in cygwin see bug 38634
crw-r----- 1 root kmem 0, 27 Jan 30 11:42 kmem
    => Unix: Other|kmem|-|2023-01-30T11:42|640|root|kmem
crw-------   1 root     sys      109,767 Jul  2  2004 pci@1c,600000:devctl
    => Unix: Other|pci@1c,600000:devctl|-|2004-07-02|600|root|sys
drwxr-x---+1464 chrism   chrism     41472 Feb 25 13:17 20090225
    => Unix: Directory|20090225|41472|2023-02-25T13:17|750|chrism|chrism
drwxr-xr-x   2 root     root         4096 Aug 36  2001 zztop
    => unread
05-26-95  10:57AM               143712 $LDR$
    => Dos: File|$LDR$|143712|1995-05-26T10:57|-|-|-
05-20-97  03:31PM                  681 .bash_history
    => Dos: File|.bash_history|681|1997-05-20T15:31|-|-|-
12-03-96  06:38AM       <DIR>          123456 abc
    => Dos: Directory|123456 abc|-|1996-12-03T06:38|-|-|-
05-22-97  12:08AM           5000000000 AUTOEXEC.BAK
    => Dos: File|AUTOEXEC.BAK|5000000000|1997-05-22T00:08|-|-|-
2010-09-30  12:08PM         1024 four.txt
    => Dos: File|four.txt|1024|2010-09-30T12:08|-|-|-
07-17-2000  08:08 AM        128 spaced.txt
    => Dos: File|spaced.txt|128|2000-07-17T08:08|-|-|-
PEP             36864 04/03/24 14:06:34 *DIR       einladungemnt/
    => Os400: Directory|einladungemnt|-|2024-04-03T14:06:34|-|PEP|-
PEP               422 03/24 14:06:34 *STMF      einladung.zip
    => unread
QPGMR            135168 04/03/18 13:18:19 *FILE
    => unread
                 0           DIR   12-30-97   12:32  jbrekke
    => Os2: Directory|jbrekke|-|1997-12-30T12:32|-|-|-
587823    RSA    DIR   01-08-97   13:58  OS2KRNL
    => Os2: Directory|OS2KRNL|-|1997-01-08T13:58|-|-|-
 33280      A          02-09-97   13:49  OS2LDR
    => Os2: File|OS2LDR|33280|1997-02-09T13:49|-|-|-
USER1    JOB01906  OUTPUT    3 Spool Files
    => Mvs: File|JOB01906|-|-|-|-|-
IBMUSER  TSU01873  ACTIVE
    => Mvs: File|TSU01873|-|-|-|-|-
d [-W---F--] testUser                        512 Jan 23 09:58 testDir
    => NetWare: Directory|testDir|-|2023-01-23T09:58|-|testUser|-
d [RWCEAFMS] NFAUUser                     512 Feb 15 13:02 Sean
    => NetWare: Directory|Sean|-|2023-02-15T13:02|-|NFAUUser|-
-rw-r--r--   1 marketwired marketwired    12016 Mar 16  2016 2016031611G087802-001.newsml
    => Unix: File|2016031611G087802-001.newsml|12016|2016-03-16|644|marketwired|marketwired
drwxr-xr-x    3 110      1002            3 Dec 02  209 pub
    => unread
Zrwxrwxrwx   1 root     other          7 Jan 25 00:17 bin -> usr/bin
    => unread
drwxr-xr-x               folder        0 Aug 15 05:49 !!!-Tipp des Haus!
    => Unix: Directory|!!!-Tipp des Haus!|-|2022-08-15T05:49|755|-|-
-rw-r--r--        0   78440        49231 Aug  9  2001 mac file.hqx
    => Unix: File|mac file.hqx|49231|2001-08-09|644|78440|-
08-07-15  07:50PM                  718 Post_PRR_20150901_1166_265118_13049.dat
    => Dos: File|Post_PRR_20150901_1166_265118_13049.dat|718|2015-08-07T19:50|-|-|-
08-10-2015  02:04PM       <DIR>          Billing
    => Dos: Directory|Billing|-|2015-08-10T14:04|-|-|-
10-19-2012  03:13PM       <DIR>          SYNCDEST
    => Dos: Directory|SYNCDEST|-|2012-10-19T15:13|-|-|-
drwxr-sr-x   2 45854    200           512 May  4  2000 image
    => Unix: Directory|image|512|2000-05-04|2755|45854|200
-rw-r--r--+   1 patrick  staff   1057 Dec 11 14:35 LICENSE.txt
    => Unix: File|LICENSE.txt|1057|2022-12-11T14:35|644|patrick|staff
----------   1 owner    group         1803128 Jul 10 10:18 ls-lR.Z
    => Unix: File|ls-lR.Z|1803128|2022-07-10T10:18|0|owner|group
d---------   1 owner    group               0 May  9 19:45 Softlib
    => Unix: Directory|Softlib|0|2023-05-09T19:45|0|owner|group
00README.TXT;1      2 30-DEC-1996 17:44 [SYSTEM] (RWED,RWED,RE,RE)
    => Vms: File|00README.TXT;1|-|1996-12-30T17:44|-|SYSTEM|-
CORE.DIR;1          1  8-SEP-1996 16:09 [SYSTEM] (RWE,RWE,RE,RE)
    => Vms: Directory|CORE|-|1996-09-08T16:09|-|SYSTEM|-
total 48
    => no entry
`

const ARROW = "    => "

const rows = (text: string): ReadonlyArray<string> =>
  text
    .slice(1, -1)
    .split("\n")
    .map((line) => line.replaceAll("\\t", "\t"))

/** A line, and its meaning. */
export const fieldLines: ReadonlyArray<readonly [line: string, meaning: string]> = rows(text).flatMap(
  (line, at, all) => (line.startsWith(ARROW) ? [] : [[line, (all[at + 1] ?? "").slice(ARROW.length)] as const])
)
