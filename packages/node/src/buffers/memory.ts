/**
 * Memory that file data passes through, laid out so that the kernel copies it fast.
 *
 *     glibc gives a large block at 16 bytes past the beginning of a page:  |16 ...      what the kernel reads into it comes
 *     from a page of its cache, at the beginning of that:                  |0 ...       → the slow case
 *
 * Processors of AMD copy five times as slowly where the target is 1 to 63 bytes past the source, counted within their
 * pages (glibc's bug 30994 has it of Zen 4). On an EPYC 256 MiB into such a block took 97 ms, into one that begins with
 * a page 18; an upload's kernel time fell from 0.7 to 0.4 s a GiB.
 */

const PAGE_BYTES = 4096

/** Where glibc's large blocks begin within their page. Elsewhere this moves the block to another place, no worse. */
const BLOCK_HEADER_BYTES = 16

/** Smaller blocks come from anywhere within a page, and cost little. */
const LARGE_BYTES = 128 * 1024

/**
 * Memory for bytes, not cleared. A plain `Uint8Array`: the `slice` of a `Buffer` would be a view, and a reader who
 * copies lent bytes by `slice` would keep bytes that change.
 */
export const memory = (length: number): Uint8Array =>
  length < LARGE_BYTES
    ? new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    : new Uint8Array(Buffer.allocUnsafeSlow(length + PAGE_BYTES).buffer, PAGE_BYTES - BLOCK_HEADER_BYTES, length)
