/** The handshakes of `ProxyServer`: SOCKS5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110 §9.3.6). */
import { type Client, type Dialect, make, type ProxyOptions } from "./ProxyServer.ts"

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex")

const expect = async (client: Client, wanted: Buffer) => {
  const said = await client.bytes(wanted.length)
  if (!said.equals(wanted)) {
    throw new Error(`expected ${wanted.toString("hex")}, the client said ${said.toString("hex")}`)
  }
}

/** Where it dials from, which is nobody's business: of each kind of address one, as clients must skip them all. */
const BOUND = {
  IPv4: "01 00000000 0000",
  IPv6: "04 20010db8000000000000000000000001 0438",
  Name: "03 0d 70726f78792e6578616d706c65 0438"
}

export const socks5 = (options: ProxyOptions & { readonly bound?: keyof typeof BOUND } = {}) => {
  const hear: Dialect["hear"] = async (client) => {
    const { forbids, login } = options
    await expect(client, hex("05"))
    const [count = 0] = await client.bytes(1)
    const methods = await client.bytes(count)
    if (!["00", "0002"].includes(methods.toString("hex"))) {
      throw new Error(`methods ${methods.toString("hex")}`)
    }
    const method = login === undefined ? 0 : 2
    if (!methods.includes(method)) {
      await client.say(hex("05 ff"))
      return undefined
    }
    await client.say(Buffer.of(5, method))
    if (login !== undefined) {
      const [version, userLength = 0] = await client.bytes(2)
      const user = await client.bytes(userLength)
      const [passwordLength = 0] = await client.bytes(1)
      const password = passwordLength === 0 ? "" : await client.bytes(passwordLength)
      const isRight = version === 1 && `${user}` === login.user && `${password}` === login.password
      await client.say(Buffer.of(1, isRight ? 0 : 1))
      if (!isRight) {
        return undefined
      }
    }
    await expect(client, hex("05 01 00"))
    const [type] = await client.bytes(1)
    const host = await addressOf(client, type)
    const port = (await client.bytes(2)).readUInt16BE()
    if (forbids?.({ host, port }) === true) {
      // And hangs up, without the rest that RFC 1928 asks for.
      await client.say(hex("05 02"))
      return undefined
    }
    return { host, port }
  }
  return make(options, {
    hear,
    granted: hex(`05 00 00 ${BOUND[options.bound ?? "IPv4"]}`),
    unreachable: hex("05 05 00 01 00000000 0000")
  })
}

const addressOf = async (client: Client, type: number | undefined): Promise<string> => {
  switch (type) {
    case 1:
      return [...(await client.bytes(4))].join(".")
    case 3: {
      const [length = 0] = await client.bytes(1)
      return (await client.bytes(length)).toString("latin1")
    }
    case 4: {
      const groups = (await client.bytes(16)).toString("hex").match(/.{4}/g) ?? []
      return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1)
    }
    default:
      throw new Error(`address type ${type}`)
  }
}

export const httpConnect = (options: ProxyOptions = {}) => {
  const authorization = ({ password, user }: NonNullable<ProxyOptions["login"]>) =>
    `Proxy-Authorization: Basic ${Buffer.from(`${user}:${password}`).toString("base64")}\r\n`
  const hear: Dialect["hear"] = async (client) => {
    const { forbids, login } = options
    const head = await client.head()
    const [, authority = "", host = "", port = "", rest = ""] =
      /^CONNECT (\[?([^\s[\]]+)\]?:(\d+)) HTTP\/1\.1\r\nHost: \1\r\n((?:Proxy-Authorization: Basic \S+\r\n)?)\r\n$/.exec(
        head
      ) ?? []
    if (authority === "") {
      throw new Error(`not a CONNECT: ${JSON.stringify(head)}`)
    }
    if (login !== undefined && rest !== authorization(login)) {
      await client.say("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")
      return undefined
    }
    const target = { host, port: Number(port) }
    if (forbids?.(target) === true) {
      await client.say("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
      return undefined
    }
    return target
  }
  return make(options, {
    hear,
    granted: "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n",
    unreachable: "HTTP/1.1 502 Bad Gateway\r\n\r\n"
  })
}
