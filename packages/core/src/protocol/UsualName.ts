/**
 * Names as nearly all files have them, told by one look: ASCII letters, digits and underscores, with blanks, dots and hyphens
 * between them. Such a name is one component of a path, and means nothing but itself on each system with slashes, but for
 * the devices of Windows (`con`); and none of our own files has it, which all have `ftp-effect` in their names, or `@#` on
 * z/OS. What any other name is, is for the rules to find out.
 *
 * @since 0.1.0
 */

const USUAL = /^\w(?:[\w .-]*[\w-])?$/

const OURS = /ftp-effect/i

/**
 * Whether it is such a name.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUsual = (name: string): boolean => USUAL.test(name) && !(name.includes("-") && OURS.test(name))
