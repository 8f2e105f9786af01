import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Netrc from "../src/connection/Netrc.ts"

const shownOne = ({ account, login, machine, password }: Netrc.Entry): string =>
  [machine ?? "*", login, password && Redacted.value(password), account && Redacted.value(account)].join(",")

const shown = (read: ReturnType<typeof Netrc.parse>): string =>
  Either.match(read, { onLeft: (line) => `unclosed in ${line}`, onRight: (entries) => entries.map(shownOne).join(" ") })

const find = (text: string, host: string, user?: string): string => {
  const entry = Netrc.find(
    Either.getOrElse(Netrc.parse(text), () => []),
    host,
    user
  )
  return entry === undefined ? "" : shownOne(entry)
}

describe("Netrc", () => {
  it.each([
    ["machine h login u password p", "h,u,p,"],
    ["machine h\n\tlogin u\n\tpassword p\n\taccount a\n", "h,u,p,a"],
    ["machine h login u password p machine g login v password q", "h,u,p, g,v,q,"],
    ["default login anonymous password me@x", "*,anonymous,me@x,"],
    ["MACHINE h Login u PassWord p", "h,u,p,"],
    ["machine h protocol ftp login u passwd p", "h,u,p,"],
    ["login lost machine h", "h,,,"],
    ["machine", ",,,"],
    ["", ""]
  ])("the keywords and values of the netrc %j", (text, expected) => {
    expect(shown(Netrc.parse(text))).toBe(expected)
  })

  it.each([
    ["machine h login u password #p", "h,u,#p,"],
    ["machine h login u password p#1 account #a", "h,u,p#1,#a"],
    ['machine h login u password "#p"', "h,u,#p,"],
    ["machine h\nlogin #u password p", "h,#u,p,"],
    ["# machine x login y password z\nmachine h login u password p", "h,u,p,"],
    ["  # login y\nmachine h login u # password z\n password p", "h,u,p,"],
    ["machine h login u #password z\n password p", "h,u,p,"],
    ["machine h login u password\n# a comment\np", "h,u,p,"],
    ['# a "quote\nmachine h login u password p # and "another', "h,u,p,"]
  ])("a # begins a comment where a line or a keyword can begin, and not in a value: %j", (text, expected) => {
    expect(shown(Netrc.parse(text))).toBe(expected)
  })

  it.each([
    ["machine h login u password\nmachine g login v password q", "h,u,, g,v,q,"],
    ["machine h login\nmachine g login v password q", "h,,, g,v,q,"],
    ["machine h login u password\r\nmachine g login v password q\r\n", "h,u,, g,v,q,"],
    ["machine\nlogin v password q", ",v,q,"],
    ["machine h login u password\n\n  default login v password q", "h,u,, *,v,q,"],
    ["machine h login\npassword p", "h,,p,"],
    ["machine h login u account\npassword p", "h,u,p,"],
    ["machine h login u password\nmacdef x\nmachine g\n\nmachine f", "h,u,, f,,,"],
    ["machine\n h\nlogin\n u\npassword\n p", "h,u,p,"],
    ["machine h login u password machine\nmachine g", "h,u,machine, g,,,"],
    ['machine h login u password\n"machine"', "h,u,machine,"]
  ])("an empty value at the end of a line does not take the next keyword: %j", (text, expected) => {
    expect(shown(Netrc.parse(text))).toBe(expected)
  })

  it.each([
    ['machine h login "two words" password "a \\"b\\" \\\\ c"', 'h,two words,a "b" \\ c,'],
    ['machine h login u password "a\\tb\\nc\\rd"', "h,u,a\tb\nc\rd,"],
    ['machine h login u password ""', "h,u,,"],
    ['machine h login u password a"b\\c', 'h,u,a"b\\c,'],
    ["machine h login u password a\u00a0b\u3000c", "h,u,a\u00a0b\u3000c,"],
    ['machine h\nlogin u password "p', "unclosed in 2"],
    ['machine h login u password "p\\"', "unclosed in 1"],
    ['machine h login u password "p\nmachine g login v password "q"', "unclosed in 1"]
  ])("a value in quotes: %j", (text, expected) => {
    expect(shown(Netrc.parse(text))).toBe(expected)
  })

  it.each([
    ["macdef init\ncd /\nmachine evil\n\nmachine h login u password p", "h,u,p,"],
    ["macdef init\ncd /\nmachine evil\n \t\nmachine h login u password p", "h,u,p,"],
    ['macdef init\r\nquote "x\r\n\r\nmachine h login u password p', "h,u,p,"],
    ["macdef init\n\nmachine h login u password p", "h,u,p,"],
    ["machine h login u password p macdef x\nnever ends", "h,u,p,"],
    ["machine h login u password macdef\nmachine g", "h,u,macdef, g,,,"]
  ])("macdef lasts until an empty line: %j", (text, expected) => {
    expect(shown(Netrc.parse(text))).toBe(expected)
  })

  it("parsing a netrc never throws", () => {
    const word = FastCheck.constantFrom("machine", "default", "login", "password", "macdef", "#", '"', "\\", "\n", " ")
    const text = FastCheck.array(FastCheck.oneof(word, FastCheck.string())).map((words) => words.join(" "))
    FastCheck.assert(FastCheck.property(text, (text) => void Netrc.parse(text)))
  })

  it("a host gets a secret of its own entry only, whatever values are empty or begin with #", () => {
    const value = FastCheck.constantFrom("", "#1", "s", '""', '"#2"')
    const gap = FastCheck.constantFrom("\n", "\r\n", "\n  ", "\n\n")
    FastCheck.assert(
      FastCheck.property(value, value, value, gap, (login, password, account, gap) => {
        const own = `machine h login ${login}${gap}password ${password}${gap}account ${account}`
        const found = find(`${own}${gap}machine g login other password secret account dept`, "h")
        expect(found).not.toMatch(/other|secret|dept/)
      })
    )
  })

  it("a netrc entry shows no secret when it is printed", () => {
    expect(JSON.stringify(Netrc.parse("machine h login u password hunter2"))).not.toContain("hunter2")
  })

  const hosts =
    "machine h login ann password 1\nmachine h login bob password 2\nmachine g password 3\ndefault login eve password 4"
  it.each([
    ["h", undefined, "h,ann,1,"],
    ["H", "bob", "h,bob,2,"],
    ["g", "anyone", "g,,3,"],
    ["h", "carl", ""],
    ["other", undefined, "*,eve,4,"],
    ["other", "eve", "*,eve,4,"],
    ["other", "ann", ""]
  ])("the netrc entry for host %s and user %s", (host, user, expected) => {
    expect(find(hosts, host, user)).toBe(expected)
  })

  // The netrc files of curl's tests; the number is that of the test.
  const curl1304 =
    "machine example.com login admin password passwd\nmachine curl.example.com login none password none\n"
  const curl130 =
    "# the following two lines were created while testing curl\n" +
    "# machine 127.0.0.1 login commented password alsocommented\n" +
    "machine 127.0.0.1 login user1 password passwd1\nmachine 127.0.0.1 login user2 password passwd2\n"
  const curl478 =
    "# the following two lines were created while testing curl\nmachine github.com\n\npassword weird\n" +
    "password firstone\nlogin daniel\n\nmachine github.com\n\nmachine github.com\nlogin debbie\n\n" +
    'machine github.com\npassword weird\npassword "second\\r"\nlogin debbie\n'
  const curl479 = "machine a.com\n  login alice\n  password alicespassword\n\ndefault\n  login bob\n"
  const curl494 = "macdef testftp\n\tget file\n\tquit\n\nmachine 127.0.0.1 login user1 password passwd1\n"
  const twoLogins = "machine h login a password 1 login b password 2\nmachine h login c password 3"
  it.each([
    ["1304", curl1304, "test.example.com", undefined, ""],
    ["1304", curl1304, "example.com", "me", ""],
    ["1304", curl1304, "example.com", "admi", ""],
    ["1304", curl1304, "example.com", "adminn", ""],
    ["1304", curl1304, "example.com", undefined, "example.com,admin,passwd,"],
    ["1304", curl1304, "example.com", "admin", "example.com,admin,passwd,"],
    ["1304", curl1304, "curl.example.com", undefined, "curl.example.com,none,none,"],
    ["130", curl130, "127.0.0.1", undefined, "127.0.0.1,user1,passwd1,"],
    ["131", curl130, "127.0.0.1", "user2", "127.0.0.1,user2,passwd2,"],
    ["478", curl478, "github.com", "debbie", "github.com,debbie,second\r,"],
    ["478", curl478, "github.com", undefined, "github.com,daniel,firstone,"],
    ["479", curl479, "a.com", undefined, "a.com,alice,alicespassword,"],
    ["479", curl479, "b.com", undefined, "*,bob,,"],
    ["486", "machine a.com\n  login alice\n  password alicespassword\n\ndefault\n", "b.com", undefined, ""],
    ["494", curl494, "127.0.0.1", undefined, "127.0.0.1,user1,passwd1,"],
    ["685", "machine 127.0.0.1 password 5up3r53cr37", "127.0.0.1", "user", "127.0.0.1,,5up3r53cr37,"],
    ["two logins", twoLogins, "h", "b", "h,b,2,"],
    ["two logins", twoLogins, "h", "c", "h,c,3,"],
    ["two logins", twoLogins, "h", undefined, "h,a,1,"]
  ])("the netrc of curl's test %s: %j, host %s, user %s", (_, text, host, user, expected) => {
    expect(find(text, host, user)).toBe(expected)
  })
})
