// The tree of areas, which nearly every page shows.
import { computed, shallowRef } from 'vue';
import { api, take, type Area, type Node } from './api/client';
import { byName } from './format';

export const areas = shallowRef<Area[]>([]);

export async function loadAreas() {
  const now = await take(api.GET('/api/areas'));
  // What has not changed is not drawn anew.
  if (JSON.stringify(now) !== JSON.stringify(areas.value)) areas.value = now;
}

const byId = computed(() => new Map(areas.value.map((area) => [area.area, area])));
const below = computed(() => {
  const children = new Map<string | null, Area[]>();
  for (const area of areas.value) {
    const parent = area.parent !== null && byId.value.has(area.parent) ? area.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), area]);
  }
  for (const list of children.values()) list.sort(byName);
  return children;
});

export const areaName = (id: string | null) => (id === null ? '' : (byId.value.get(id)?.name ?? id));
export const childrenOf = (id: string | null) => below.value.get(id) ?? [];
export const rootAreas = computed(() => childrenOf(null));

// It and all below it.
export function areasWithin(id: string): Set<string> {
  const found = new Set([id]);
  for (const child of childrenOf(id)) for (const each of areasWithin(child.area)) found.add(each);
  return found;
}
// Whether a loudspeaker of `area` hears what is for `wanted`.
export function isReached(area: string, wanted: readonly string[]): boolean {
  for (let at: string | null = area; at !== null; at = byId.value.get(at)?.parent ?? null) if (wanted.includes(at)) return true;
  return false;
}
// Of these areas and all below; an area whose residents are not known counts by what lies in it.
export const residentsOf = (wanted: readonly string[]): number =>
  wanted.reduce((sum, id) => sum + (byId.value.get(id)?.residents ?? residentsOf(childrenOf(id).map((child) => child.area))), 0);
export const nodesWithin = (all: Iterable<Node>, wanted: readonly string[]) => [...all].filter((node) => isReached(node.area, wanted));

// Depth first, as a list for a menu.
export const areaList = computed(() => {
  const list: { area: Area; depth: number }[] = [];
  const walk = (parent: string | null, depth: number) => {
    for (const area of childrenOf(parent)) {
      list.push({ area, depth });
      walk(area.area, depth + 1);
    }
  };
  walk(null, 0);
  return list;
});
