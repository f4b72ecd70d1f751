// Routes and fields that the description of the interface is about to have: change_node, change_area, list_keys, and the
// version that an edit of the rules began from.
import { api, take, type Area, type Node, type Said, type Schemas } from './api/client';

export interface NodeTerms {
  name: string;
  area: string;
  position: { latitude: number; longitude: number } | null;
}
export interface AreaTerms {
  name: string;
  residents: number | null;
}

export interface PolicyRules {
  quiet: { from: string; until: string } | null;
  ceiling_pct: number[];
  longest_play_ms: number;
  most_minutes_per_day: number;
  starts_per_hour: number;
}
export interface Keys {
  root: string;
  trust: { seq: number; keys: { key: string; kind: 'station' | 'emergency'; label: string; from: string; until: string; state: 'in_force' | 'expired' | 'not_yet' | 'revoked' }[] };
  policy: { seq: number; utc_offset_minutes: number; rules: PolicyRules; nodes: { node: string; rules: PolicyRules }[] } | null;
  signer: { answers: boolean; trouble: Said | null };
  certificates: { use: 'https' | 'broker'; name: string; from: string; until: string }[];
  warnings: Said[];
}

interface Coming {
  PUT<T>(path: string, init: { params: { path: Record<string, string> }; body: unknown }): Promise<{ data?: T; error?: unknown; response: Response }>;
  GET<T>(path: string): Promise<{ data?: T; error?: unknown; response: Response }>;
}
const coming = api as unknown as Coming;

export const changeNode = (node: string, body: NodeTerms) => take(coming.PUT<Node>('/api/nodes/{node}', { params: { path: { node } }, body }));
export const changeArea = (area: string, body: AreaTerms) => take(coming.PUT<Area>('/api/areas/{area}', { params: { path: { area } }, body }));
export const loadKeys = () => take(coming.GET<Keys>('/api/keys'));

export type RulesEdit = Schemas['NewWardRules'] & { version: number };
export const saveRules = ({ decision, rules }: RulesEdit) => take(api.POST('/api/rules', { body: { decision, rules } }));
