import { START_LOCATION, createRouter, createWebHashHistory } from 'vue-router';
import type { Role } from './api/client';
import Now from './pages/Now.vue';

declare module 'vue-router' {
  interface RouteMeta {
    words: string; // of the page's name: words/common.ts, pages.*
    icon: string;
    roles?: Role[]; // none: everybody
  }
}

export const approvers: Role[] = ['chairman', 'editor', 'operator'];
const speakers: Role[] = ['chairman', 'operator'];
const authors: Role[] = ['chairman', 'editor', 'operator', 'group_lead'];

// Addresses after #, so that each works when it is opened from an e-mail or a bookmark.
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', component: Now, meta: { words: 'now', icon: 'now' } },
    { path: '/greeting', component: () => import('./pages/Greeting.vue'), meta: { words: 'greeting', icon: 'greeting', roles: ['chairman'] } },
    { path: '/live', component: () => import('./pages/Live.vue'), meta: { words: 'live', icon: 'live', roles: speakers } },
    { path: '/emergency', component: () => import('./pages/Emergency.vue'), meta: { words: 'emergency', icon: 'warn', roles: speakers } },
    { path: '/announce', component: () => import('./pages/Announce.vue'), meta: { words: 'announce', icon: 'announce', roles: authors } },
    { path: '/calendar', component: () => import('./pages/Calendar.vue'), meta: { words: 'calendar', icon: 'calendar' } },
    { path: '/approvals/:announcement?', component: () => import('./pages/Approvals.vue'), meta: { words: 'approvals', icon: 'approvals', roles: approvers } },
    { path: '/loudspeakers/:node?', component: () => import('./pages/Loudspeakers.vue'), meta: { words: 'loudspeakers', icon: 'loudspeakers' } },
    { path: '/evidence', component: () => import('./pages/Evidence.vue'), meta: { words: 'evidence', icon: 'evidence' } },
    { path: '/settings/:part?', component: () => import('./pages/Settings.vue'), meta: { words: 'settings', icon: 'settings' } },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
  // Not at the start, where it would only lay the page out once more.
  scrollBehavior: (_to, from, kept) => from !== START_LOCATION && (kept ?? { top: 0 }),
});
