// What operators and administrators correct of a loudspeaker and an area (change_node, change_area).
import { api, take, type Area, type Node } from './api/client';

export interface NodeTerms {
  name: string;
  area: string;
  position: { latitude: number; longitude: number } | null;
}
export interface AreaTerms {
  name: string;
  residents: number | null;
}

interface Put {
  PUT<T>(path: string, init: { params: { path: Record<string, string> }; body: unknown }): Promise<{ data?: T; error?: unknown; response: Response }>;
}
const put = api as unknown as Put;

export const changeNode = (node: string, body: NodeTerms) => take(put.PUT<Node>('/api/nodes/{node}', { params: { path: { node } }, body }));
export const changeArea = (area: string, body: AreaTerms) => take(put.PUT<Area>('/api/areas/{area}', { params: { path: { area } }, body }));
