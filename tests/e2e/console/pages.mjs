import { until } from './ward.mjs';

// Every page of the console and who opens it; the door is opened by nobody.
export const pages = [
  { name: 'now', person: 'operator', path: '/' },
  { name: 'greeting', person: 'chairman', path: '/greeting' },
  { name: 'emergency', person: 'chairman', path: '/emergency' },
  { name: 'live', person: 'chairman', path: '/live' },
  { name: 'announce', person: 'operator', path: '/announce' },
  { name: 'calendar', person: 'operator', path: '/calendar' },
  { name: 'approvals', person: 'chairman', path: '/approvals' },
  { name: 'loudspeakers', person: 'operator', path: '/loudspeakers' },
  { name: 'loudspeaker', person: 'operator', path: '/loudspeakers/tdp-01' },
  { name: 'evidence', person: 'chairman', path: '/evidence' },
  { name: 'settings', person: 'admin', path: '/settings' },
  { name: 'settings-people', person: 'admin', path: '/settings/people' },
  { name: 'settings-areas', person: 'admin', path: '/settings/areas' },
  { name: 'settings-rules', person: 'admin', path: '/settings/rules' },
  { name: 'settings-holidays', person: 'chairman', path: '/settings/holidays' },
  { name: 'settings-deputies', person: 'chairman', path: '/settings/deputies' },
  { name: 'settings-feeds', person: 'operator', path: '/settings/feeds' },
  { name: 'settings-emergency', person: 'chairman', path: '/settings/emergency' },
  { name: 'settings-own', person: 'operator', path: '/settings/own' },
];
export const widths = [390, 820, 1440];
export const languages = ['vi', 'en'];

// Until everything that was asked for is there.
export async function settle(page) {
  await page.waitForFunction(() => !document.querySelector('.starting') && document.querySelector('main h1'));
  let calm = 0;
  await until('everything that was asked for is there', () => (calm = page.waiting.size === 0 ? calm + 1 : 0) > 2);
}
