// What every start needs, asked for before anything else is done; src/api/client.ts takes it. Who it is and the areas are
// few bytes: index.html has them asked for while the script is on its way. The loudspeakers may be many: beside the
// script they would delay STOP, so they come after it.
export const early = new Map(globalThis.document ? ['/api/me', '/api/nodes', '/api/areas'].map((path) => [path, fetch(path)]) : []);
for (const answer of early.values()) answer.catch(() => {});
