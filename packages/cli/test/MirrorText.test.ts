import { describe, expect, it } from "@effect/vitest"
import { forShell } from "../src/copying/MirrorText.ts"

describe("a URL that is to be pasted into a shell", () => {
  it.each([
    ["ftp://ann@h:2121/www/a.b~c", "ftp://ann@h:2121/www/a.b~c"],
    ["ftp://h/R&D/it's (1)*;$x", "ftp://h/R%26D/it%27s%20%281%29%2A%3B%24x"],
    ["ftp://[::1]/w", "'ftp://[::1]/w'"]
  ])("%s is the word %s", (url, word) => {
    expect(forShell(url)).toBe(word)
  })
})
