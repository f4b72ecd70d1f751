// What operators and administrators correct of a loudspeaker, an area and the ward's rules.
import { api, take, type Schemas } from './api/client';

export const changeNode = (node: string, body: Schemas['NodeTerms']) => take(api.PUT('/api/nodes/{node}', { params: { path: { node } }, body }));
export const changeArea = (area: string, body: Schemas['AreaTerms']) => take(api.PUT('/api/areas/{area}', { params: { path: { area } }, body }));
// `version`: the one that the edit began from, so that another's in between is not overwritten.
export const saveRules = (body: Required<Schemas['NewWardRules']>) => take(api.POST('/api/rules', { body }));

// Only a server that publishes a trust document has the route, so the printed description does not tell it.
const keys = api as unknown as { GET(path: '/api/keys'): Promise<{ data?: Schemas['Keys']; error?: unknown; response: Response }> };
export const loadKeys = () => take(keys.GET('/api/keys'));
