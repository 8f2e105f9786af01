import { describe, expect, it } from "@effect/vitest"
import * as Reply from "@ftp-effect/core/protocol/Reply"
import * as FastCheck from "effect/FastCheck"
import * as ReplyDecoder from "#core/protocol/ReplyDecoder"

type Decoded = Reply.Reply | ReplyDecoder.Malformed

/** One character is one byte. */
const toBytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const decodeChunks = (chunks: ReadonlyArray<Uint8Array>, limits?: ReplyDecoder.Limits): ReadonlyArray<Decoded> => {
  const decoder = ReplyDecoder.make(limits)
  return [...chunks.flatMap((chunk) => [...decoder.push(chunk)]), ...decoder.end()]
}

const decode = (text: string, limits?: ReplyDecoder.Limits) => decodeChunks([toBytes(text)], limits)

const bytewise = (bytes: Uint8Array) => [...bytes].map((byte) => Uint8Array.of(byte))

const HTTP_HINT = "(the peer is an HTTP server)"
const SSH_HINT = "(the peer is an SSH server: SFTP is another protocol, usually port 22)"
const TLS_HINT = "(the peer speaks TLS at once: implicit TLS, usually port 990)"

const replies: ReadonlyArray<readonly [string, string, ReadonlyArray<Reply.Reply>]> = [
  ["one line", "220 ready\r\n", [Reply.make(220, "ready")]],
  ["several replies in one chunk", "150 a\r\n226 b\r\n", [Reply.make(150, "a"), Reply.make(226, "b")]],
  [
    "several lines",
    "211-Features:\r\n MDTM\r\n SIZE\r\n211 End\r\n",
    [Reply.make(211, "Features:", " MDTM", " SIZE", "End")]
  ],
  ["the reply's own prefix", "230-Hello\r\n230-there\r\n230 in\r\n", [Reply.make(230, "Hello", "there", "in")]],
  [
    "another code inside, which ends nothing",
    "250-a\r\n226 fake\r\n250apples\r\n2500 b\r\n  250 c\r\n250 d\r\n",
    [Reply.make(250, "a", "226 fake", "250apples", "2500 b", "  250 c", "d")]
  ],
  ["a blank line inside", "220-a\r\n\r\n220 b\r\n", [Reply.make(220, "a", "", "b")]],
  ["a bare code", "200\r\n", [Reply.make(200, "")]],
  ["a code and SP alone", "200 \r\n", [Reply.make(200, "")]],
  ["a bare code as the end", "220-a\r\n220\r\n", [Reply.make(220, "a", "")]],
  ["Pure-FTPd's two spaces", "200  MLST OPTS a\r\n", [Reply.make(200, " MLST OPTS a")]],
  ["LF alone", "220-a\n220 b\n", [Reply.make(220, "a", "b")]],
  ["a CR too many", "220 a\r\r\n22\r1 b\r\n", [Reply.make(220, "a"), Reply.make(221, "b")]],
  ["CR NUL, a CR of the text", '257 "a\r\0b"\r\n', [Reply.make(257, '"a\rb"')]],
  ["CR NUL before the line's end", "220 a\r\0\n", [Reply.make(220, "a")]],
  ["blank lines between replies", "\r\n\n220 a\r\n\r\n221 b\r\n\r\n", [Reply.make(220, "a"), Reply.make(221, "b")]],
  ["vsftpd's last words without CRLF", "500 OOPS: died", [Reply.make(500, "OOPS: died")]],
  ["the end of several lines without CRLF", "421-a\r\n421 b", [Reply.make(421, "a", "b")]],
  ["a success without CRLF, of which more was on its way: nothing", "213 1\r\n213 12", [Reply.make(213, "1")]],
  ["the end of a success of several lines without CRLF: nothing", "220-a\r\n220 b", []],
  ["a last line with CR but no LF", "221 bye\r", [Reply.make(221, "bye")]],
  ["a last line with CR NUL but no LF", "500 OOPS\r\0", [Reply.make(500, "OOPS")]],
  ["a bare code with CR NUL but no LF", "500\r\0", [Reply.make(500, "")]],
  ["CR NUL alone before the end of file: nothing", "\r\0", []],
  ["a code cut by the end of file: nothing", "220 a\r\n22", [Reply.make(220, "a")]],
  ["several lines cut by the end of file: nothing", "220-a\r\n b", []],
  ["nothing", "", []],
  ["bytes that are not UTF-8", "220 caf\xe9\r\n", [Reply.make(220, "caf\udce9")]],
  ["UTF-8", "220 caf\xc3\xa9\r\n", [Reply.make(220, "café")]],
  ["IAC IAC, a byte FF", '257 "\xff\xff"\r\n', [Reply.make(257, '"\udcff"')]],
  ["Telnet commands, which are dropped", "\xff\xf422\xff\xf20 a\r\xff\xfa\n", [Reply.make(220, "a")]],
  ["Telnet options, which are dropped", "22\xff\xfb\x010 \xff\xfd\x0aa\xff\xfc\x00\r\n", [Reply.make(220, "a")]],
  ["a lone FF of an old charset", "220 \xffa\xff\r\n", [Reply.make(220, "\udcffa\udcff")]],
  ["four FF", "220 \xff\xff\xff\xff\r\n", [Reply.make(220, "\udcff\udcff")]]
]

const violations: ReadonlyArray<readonly [string, string, string, string]> = [
  ["text without a code", "hello\r\n", "three digits", "hello"],
  ["a code of two digits", "22 a\r\n", "three digits", "22 a"],
  ["a code of four digits", "2200 a\r\n", "three digits", "2200 a"],
  ["0yz", "020 a\r\n", "1yz to 5yz", "020 a"],
  ["6yz, which needs RFC 2228", "631 a\r\n", "1yz to 5yz", "631 a"],
  ["a letter after the code", "220a\r\n", "three digits", "220a"],
  ["a code after a space", " 220 a\r\n", "three digits", " 220 a"],
  ["NUL", "220 a\0b\r\n", "a line without NUL", "220 a\\x00"],
  ["NUL inside several lines", "220-a\r\n\0", "a line without NUL", "\\x00"],
  ["text at the end of file", "hello", "three digits", "hello"],
  ["an SSH server", "SSH-2.0-OpenSSH_9.6\r\n", SSH_HINT, "SSH-2.0-OpenSSH_9.6"],
  ["an HTTP server", "HTTP/1.1 400 Bad Request\r\n\r\n", HTTP_HINT, "HTTP/1.1 400 Bad Request"],
  ["a TLS alert", "\x15\x03\x01\x00\x02\x02\x46", TLS_HINT, "\\x15\\x03\\x01\\x00"],
  ["a TLS record with LF in its length", "\x16\x03\x03\x0a\x10", TLS_HINT, "\\x16\\x03\\x03"],
  ["terminal escapes, which are not passed on", "\x1b[2J\r\n", "three digits", "\\x1b[2J"],
  ["a long line, of which an excerpt is shown", `x${"y".repeat(100)}\r\n`, "three digits", `x${"y".repeat(79)}...`]
]

const PEERS = new Map([
  [SSH_HINT, "Ssh"],
  [HTTP_HINT, "Http"],
  [TLS_HINT, "Tls"]
])

describe("ReplyDecoder, RFC 959 §4.2", () => {
  it.each(replies)("reads %s", (_, text, expected) => {
    expect(decode(text)).toStrictEqual(expected)
    expect(decodeChunks(bytewise(toBytes(text)))).toStrictEqual(expected)
  })

  it.each(violations)("refuses %s", (_, text, expected, received) => {
    const peer = PEERS.get(expected)
    const malformed = { _tag: "Malformed", expected: expect.stringContaining(expected), received, peer }
    expect(decode(text)).toStrictEqual([malformed])
    expect(decodeChunks(bytewise(toBytes(text)))).toStrictEqual([malformed])
  })

  it("gives a hint only where a reply could begin", () => {
    expect(decode("220-a\r\nSSH-2.0\0")).toMatchObject([{ expected: "a line without NUL" }])
  })

  it("gives the replies before a violation, and is silent after it", () => {
    const decoder = ReplyDecoder.make()
    expect(decoder.push(toBytes("200 a\r\noops\r\n221 b\r\n"))).toMatchObject([{ code: 200 }, { _tag: "Malformed" }])
    expect(decoder.push(toBytes("220 a\r\n"))).toStrictEqual([])
    expect(decoder.end()).toStrictEqual([])
    expect(decoder.isEmpty).toBe(false)
  })

  it("does not end several lines at another code", () => {
    expect(decode("230-a\r\n 220 b\r\n220-c\r\n220 d\r\n200 e\r\n")).toStrictEqual([])
  })

  it("does not hold on to the bytes that it was given", () => {
    const decoder = ReplyDecoder.make()
    const lent = toBytes("220 rea")
    decoder.push(lent)
    lent.fill(0)
    expect(decoder.push(toBytes("dy\r\n"))).toStrictEqual([Reply.make(220, "ready")])
  })
})

describe("lines without a code, and ReplyDecoder", () => {
  it.each([
    ["before the greeting", "Hi\r\n  there\r\n220 ready\r\n", [Reply.make(220, "Hi", "  there", "ready")]],
    ["before a greeting of several lines", "Hi\r\n220-a\r\n220 b\r\n", [Reply.make(220, "Hi", "a", "b")]],
    [
      "after the greeting",
      "220 ready\r\nHi\r\n331 go\r\n",
      [Reply.make(220, "ready"), Reply.make(220, "Hi"), Reply.make(331, "go")]
    ],
    ["after 120", "120 wait\r\nHi\r\n", [Reply.make(120, "wait"), Reply.make(220, "Hi")]]
  ] as ReadonlyArray<readonly [string, string, ReadonlyArray<Reply.Reply>]>)(
    "count as the greeting's %s",
    (_, text, expected) => {
      expect(decode(text)).toStrictEqual(expected)
      expect(decodeChunks(bytewise(toBytes(text)))).toStrictEqual(expected)
    }
  )

  it("are malformed once a command was sent", () => {
    const decoder = ReplyDecoder.make()
    decoder.push(toBytes("220 a\r\n"))
    decoder.endGreeting()
    expect(decoder.push(toBytes("Hi\r\n"))).toMatchObject([{ _tag: "Malformed", received: "Hi" }])
  })

  it("have the bounds of a reply", () => {
    expect(decode("Hi\n".repeat(3), { maxReplyLines: 3 })).toMatchObject([{ expected: "a reply of at most 3 lines" }])
    expect(decode("Hi\nHi\n220 a", { maxReplyBytes: 10 })).toMatchObject([{ expected: "a reply of at most 10 bytes" }])
  })
})

describe("ReplyDecoder.isEmpty", () => {
  it.each([
    ["at the beginning", "", true],
    ["after a reply", "234 go\r\n", true],
    ["after a blank line", "234 go\r\n\r\n", true],
    ["inside a line", "234 go\r\n2", false],
    ["inside a reply", "234-go\r\n", false],
    ["after text before the greeting", "Hi\r\n", false],
    ["after a CR", "234 go\r\n\r", false],
    ["after an IAC", "234 go\r\n\xff", false],
    ["after an IAC WILL", "234 go\r\n\xff\xfb", false],
    ["after a Telnet command", "234 go\r\n\xff\xf1", true]
  ])("%s", (_, text, isEmpty) => {
    const decoder = ReplyDecoder.make()
    decoder.push(toBytes(text))
    expect(decoder.isEmpty).toBe(isEmpty)
  })
})

describe("ReplyDecoder's bounds", () => {
  const isRefused = (text: string, limits?: ReplyDecoder.Limits) => decode(text, limits).some(ReplyDecoder.isMalformed)

  it.each([
    ["a line", { maxLineBytes: 10 }, "220 567890", "220 5678901"],
    ["a line that ends with CR NUL", { maxLineBytes: 10 }, "220 567890\r\0", "220 5678901\r\0"],
    ["a reply", { maxReplyBytes: 12 }, "220-a\n220 b", "220-a\n220 bc"],
    ["a reply of one line", { maxReplyBytes: 12 }, "220 5678901", "220 56789012"],
    ["lines", { maxReplyLines: 3 }, "220-a\n\n220 b", "220-a\n\n\n220 b"]
  ])("hold for %s", (_, limits, fits, tooLarge) => {
    expect(isRefused(`${fits}\r\n`, limits)).toBe(false)
    expect(isRefused(`${tooLarge}\r\n`, limits)).toBe(true)
  })

  it("hold by default", () => {
    const line = (length: number) => `220 ${"a".repeat(length - "220 ".length)}\r\n`
    expect(isRefused(line(ReplyDecoder.MAX_LINE_BYTES))).toBe(false)
    expect(isRefused(line(ReplyDecoder.MAX_LINE_BYTES + 1))).toBe(true)
    expect(isRefused(`220-a\n${"\n".repeat(ReplyDecoder.MAX_REPLY_LINES - 2)}220 b\n`)).toBe(false)
    expect(isRefused(`220-a\n${"\n".repeat(ReplyDecoder.MAX_REPLY_LINES - 1)}220 b\n`)).toBe(true)
    const block = `${"a".repeat(1023)}\n`
    expect(isRefused(`220-a\n${block.repeat(1023)}220 b\n`)).toBe(false)
    expect(isRefused(`220-a\n${block.repeat(1024)}220 b\n`)).toBe(true)
  })

  it("refuse a line without end before it ends", () => {
    const decoder = ReplyDecoder.make()
    expect(decoder.push(toBytes(`220 ${"a".repeat(ReplyDecoder.MAX_LINE_BYTES)}`))).toMatchObject([
      { _tag: "Malformed" }
    ])
  })

  // On real time, as it is the work that is measured. Quadratic work on a megabyte in single bytes would be 5 * 10^11 steps.
  it("let a megabyte through byte by byte in linear time", () => {
    const millis = (kibibytes: number) => {
      const block = `${"a".repeat(1023)}\n`
      const bytes = toBytes(`220-a\n${block.repeat(kibibytes)}220 b\n`)
      const decoder = ReplyDecoder.make()
      // One chunk, filled anew: a million typed arrays would take longer than the decoder.
      const chunk = new Uint8Array(1)
      const began = performance.now()
      let count = 0
      for (let at = 0; at < bytes.length; at++) {
        chunk[0] = bytes[at] ?? 0
        count += decoder.push(chunk).length
      }
      const took = performance.now() - began
      expect(count).toBe(1)
      return took
    }
    const best = (kibibytes: number) => Math.min(millis(kibibytes), millis(kibibytes), millis(kibibytes))
    best(100)
    const small = best(100)
    // Ten times the bytes: linear is 10, quadratic 100; at least a millisecond, below which a clock is too coarse.
    expect(best(1000)).toBeLessThan(50 * Math.max(small, 1))
  })
})

describe("ReplyDecoder's laws", () => {
  const piece = FastCheck.oneof(
    { weight: 3, arbitrary: FastCheck.constantFrom(...replies.map(([, text]) => text)) },
    { weight: 1, arbitrary: FastCheck.constantFrom(...violations.map(([, text]) => text)) },
    {
      weight: 2,
      arbitrary: FastCheck.constantFrom("220", "220-", "220 ", "\r", "\n", "\0", "\r\n", "\xff", "\xf1", "\xfb", "a")
    },
    { weight: 1, arbitrary: FastCheck.uint8Array({ maxLength: 8 }).map((bytes) => String.fromCharCode(...bytes)) }
  )
  const stream = FastCheck.array(piece).map((pieces) => toBytes(pieces.join("")))
  const limits = FastCheck.record({
    maxLineBytes: FastCheck.constantFrom(8, 24, ReplyDecoder.MAX_LINE_BYTES),
    maxReplyBytes: FastCheck.constantFrom(16, ReplyDecoder.MAX_REPLY_BYTES),
    maxReplyLines: FastCheck.constantFrom(3, ReplyDecoder.MAX_REPLY_LINES)
  })

  it.prop(
    "any split of the same bytes gives the same replies",
    [stream, FastCheck.array(FastCheck.nat(40)), limits],
    ([bytes, sizes, bounds]) => {
      const chunks: Array<Uint8Array> = []
      let at = 0
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size))
        at = Math.min(at + size, bytes.length)
      }
      chunks.push(bytes.subarray(at))
      const whole = decodeChunks([bytes], bounds)
      expect(decodeChunks(chunks, bounds)).toStrictEqual(whole)
      expect(decodeChunks(bytewise(bytes), bounds)).toStrictEqual(whole)
    },
    { fastCheck: { numRuns: 500 } }
  )

  it.prop("whatever the bytes are, what comes out is well formed", [stream, limits], ([bytes, bounds]) => {
    const decoded = decodeChunks([bytes], bounds)
    decoded.forEach((one, index) => {
      if (ReplyDecoder.isMalformed(one)) {
        expect(index).toBe(decoded.length - 1)
        expect(one.received).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
        expect(one.received.length).toBeLessThan(500)
      } else {
        expect(one.code).toBeGreaterThanOrEqual(100)
        expect(one.code).toBeLessThan(600)
        expect(one.lines.length).toBeLessThanOrEqual(bounds.maxReplyLines)
        expect(Reply.text(one)).not.toContain("\0")
        for (const line of one.lines) expect(line).not.toContain("\n")
      }
    })
  })

  const text = FastCheck.string({ unit: "binary" }).map((given) => given.replace(/[\r\n\0]/g, ""))
  const reply = FastCheck.tuple(FastCheck.integer({ min: 100, max: 599 }), text, FastCheck.array(text), text)

  it.prop("gives back the replies that were written", [FastCheck.array(reply)], ([written]) => {
    const bytes = written.map(([code, first, inner, last]) =>
      inner.length === 0
        ? `${code} ${first}\r\n`
        : `${code}-${first}\r\n${inner.map((line) => `${code}-${line}\r\n`).join("")}${code} ${last}\r\n`
    )
    expect(decodeChunks([new TextEncoder().encode(bytes.join(""))])).toStrictEqual(
      written.map(([code, first, inner, last]) =>
        inner.length === 0 ? Reply.make(code, first) : Reply.make(code, first, ...inner, last)
      )
    )
  })
})
