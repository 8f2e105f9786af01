/**
 * The licences of what is bundled into the command: `THIRD-PARTY-LICENSES`, made from the list of the files that esbuild
 * put into it. A package that ships no licence text fails the bundle: the command may not be given away without it.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"

const HEADER = `The command ftp-effect is one file that contains code of the packages below.
`

const RULE = "-".repeat(80)

/**
 * @param {ReadonlyArray<string>} inputs the files in the bundle, relative to the current folder
 * @returns {string}
 */
export const thirdPartyLicences = (inputs) => {
  const folders = new Set(inputs.flatMap((input) => packageFolder(resolve(input)) ?? []))
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    return { title: `${name} ${version} (${license})`, text: licenceText(folder, `${name}@${version}`) }
  })
  packages.sort((a, b) => (a.title < b.title ? -1 : 1))
  return [HEADER, ...packages.map(({ text, title }) => `${RULE}\n${title}\n\n${text}\n`)].join("\n")
}

/** `…/node_modules/name` or `…/node_modules/@scope/name`; none for our own sources. @param {string} path */
const packageFolder = (path) => /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(path)?.[1]

/** @param {string} folder @param {string} name */
const licenceText = (folder, name) => {
  const file = existsSync(folder) ? readdirSync(folder).find((file) => /^licen[cs]e/i.test(file)) : undefined
  if (file === undefined) throw new Error(`${name} is in the bundle and ships no licence text`)
  return readFileSync(join(folder, file), "utf8").trim()
}
