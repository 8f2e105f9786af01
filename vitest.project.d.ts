/** What the projects of the tests have in common. */
export declare const project: (name: string, include: string) => import("vite").UserConfig
//# sourceMappingURL=vitest.project.d.ts.map
