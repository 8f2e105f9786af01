/** As much of JSON Schema as the published files use; a keyword that is not known fails, so that nothing is unchecked. */

interface Node {
  readonly [keyword: string]: unknown
}

const IGNORED: ReadonlySet<string> = new Set(["$schema", "$id", "$defs", "description", "title"])

/** Why a value does not conform; nothing if it does. */
export const problems = (root: Node, value: unknown, node: Node = root, at = "$"): ReadonlyArray<string> =>
  Object.entries(node).flatMap(([keyword, wanted]) =>
    IGNORED.has(keyword) ? [] : check(root, value, node, at, keyword, wanted)
  )

const check = (
  root: Node,
  value: unknown,
  node: Node,
  at: string,
  keyword: string,
  wanted: unknown
): ReadonlyArray<string> => {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
  switch (keyword) {
    case "type":
      return isOfType(value, wanted) ? [] : [`${at} is not of type ${String(wanted)}`]
    case "enum":
      return (wanted as ReadonlyArray<unknown>).includes(value) ? [] : [`${at} is not one of ${JSON.stringify(wanted)}`]
    case "anyOf": {
      const all = (wanted as ReadonlyArray<Node>).map((one) => problems(root, value, one, at))
      return all.some((one) => one.length === 0) ? [] : [`${at} is none of anyOf: ${all.flat().join(", ")}`]
    }
    case "$ref": {
      const target = (root.$defs as Readonly<Record<string, Node>>)[String(wanted).replace("#/$defs/", "")]
      return target === undefined ? [`${String(wanted)} is not there`] : problems(root, value, target, at)
    }
    case "required":
      return isObject
        ? (wanted as ReadonlyArray<string>).flatMap((name) => (name in value ? [] : [`${at}.${name} is missing`]))
        : []
    case "properties":
      return isObject
        ? Object.entries(wanted as Readonly<Record<string, Node>>).flatMap(([name, one]) =>
            name in value ? problems(root, (value as Node)[name], one, `${at}.${name}`) : []
          )
        : []
    case "additionalProperties":
      return isObject
        ? Object.entries(value).flatMap(([name, one]) =>
            name in ((node.properties ?? {}) as object)
              ? []
              : wanted === false
                ? [`${at}.${name} is not known`]
                : problems(root, one, wanted as Node, `${at}.${name}`)
          )
        : []
    case "items":
      return Array.isArray(value) ? value.flatMap((one, i) => problems(root, one, wanted as Node, `${at}[${i}]`)) : []
    default:
      return [`the keyword ${keyword} is not known`]
  }
}

const isOfType = (value: unknown, type: unknown): boolean => {
  switch (type) {
    case "null":
      return value === null
    case "array":
      return Array.isArray(value)
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value)
    case "integer":
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}
