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
  ]
}
