export default ["packages/*", "packages/*/vitest.alone.config.ts", "examples"]
