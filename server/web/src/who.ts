// Who hears: areas, and single loudspeakers beside them.
import type { Node } from './api/client';
import { nodes as known } from './live';
import { areaName, areasWithin, isReached } from './ward';

export interface Who {
  areas: string[];
  nodes: string[];
}

export const isHearing = (node: Node, { areas, nodes }: Who) => isReached(node.area, areas) || nodes.includes(node.node);

export function withNodes(who: Who, added: readonly Node[]): Who {
  const more = added.filter((node) => !isHearing(node, who)).map(({ node }) => node);
  return { areas: who.areas, nodes: [...who.nodes, ...more] };
}

// Without one of an area that hears as a whole the others of it are named one by one.
export function withoutNode(who: Who, gone: Node, all: readonly Node[]): Who {
  const covering = who.areas.filter((area) => isReached(gone.area, [area]));
  const others = all.filter((node) => node.node !== gone.node && isReached(node.area, covering));
  return withNodes({ areas: who.areas.filter((area) => !covering.includes(area)), nodes: who.nodes.filter((node) => node !== gone.node) }, others);
}

// Single ones that an area covers by now need not be named.
export function tidied(who: Who, all: readonly Node[]): Who {
  const areaOf = new Map(all.map((node) => [node.node, node.area]));
  return { areas: who.areas, nodes: who.nodes.filter((node) => !isReached(areaOf.get(node) ?? '', who.areas)) };
}

export const mayBeChosen = (all: Iterable<Node>, only: string | null) => {
  const within = only ? areasWithin(only) : null;
  return [...all].filter((node) => node.state === 'enrolled' && (!within || within.has(node.area)));
};

export const placesOf = ({ areas, nodes }: Who) => [...areas.map(areaName), ...nodes.map((node) => known.get(node)?.name ?? node)].join(', ');
