// A row of the audit as people read it.
import type { Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Schemas } from '../../api/client';
import { differencesOf, nameIn, readable, type Difference } from '../../audit';
import type { Rules } from '../../ceilings';
import { dateOf, figure, noonOf, whenOf as spokenWhen } from '../../format';
import { language } from '../../language';
import { nodes } from '../../live';
import { sentenceOf, whenOf, type Rule } from '../../recurrence';
import { changesOf } from '../../rulesChanges';
import { areaName } from '../../ward';
import { useRulesWords } from '../settings/rulesWords';

type Row = Schemas['AuditRow'];

export function useAuditWords(titles: Ref<ReadonlyMap<string, string>>) {
  const { t, te } = useI18n();
  const rulesWords = useRulesWords((announcement) => titles.value.get(announcement) ?? announcement);
  const nodeName = (id: string) => nodes.get(id)?.name ?? id;
  const quoted = (text: string) => `“${text}”`;
  const choice = (group: string, code: string) => (te(`${group}.${code}`) ? t(`${group}.${code}`) : readable(code));
  const nameOf = (field: string) => (te(`evidence.fields.${field}`) ? t(`evidence.fields.${field}`) : readable(field));
  const choices: Record<string, string> = { role: 'common.roles', class: 'common.classes', category: 'common.categories', state: 'evidence.states', scope: 'evidence.scopes', kind: 'evidence.campaign_kinds' };

  const announcementIn = (told: unknown) => (told as { announcement?: string } | null)?.announcement;
  function subjectOf({ action, subject, before, after }: Row): string {
    const name = nameIn(before, after);
    if (/_(node|code)$/.test(action)) return quoted(name || nodeName(subject));
    if (action.endsWith('_area')) return quoted(name || areaName(subject));
    const announcement = titles.value.get(announcementIn(after) ?? announcementIn(before) ?? subject);
    return name || announcement ? quoted(name || announcement!) : subject;
  }
  function sentence(row: Row): string {
    const told = { who: row.person ?? t('evidence.by_itself'), what: subjectOf(row) };
    return te(`evidence.did.${row.action}`) ? t(`evidence.did.${row.action}`, told) : t('evidence.did_other', { ...told, code: readable(row.action) });
  }
  const via = ({ via }: Row) => (via === '' || via === 'session' ? '' : choice('evidence.via', via.replace(/:.*/, '')));

  function valueOf(field: string, value: unknown): string {
    if (value === null || value === undefined || value === '') return t('evidence.nothing');
    if (typeof value === 'boolean') return t(value ? 'evidence.yes' : 'evidence.no');
    if (Array.isArray(value)) return value.length ? value.map((each) => valueOf(field.replace(/s$/, ''), each)).join(', ') : t('evidence.nothing');
    if (typeof value === 'number') {
      if (field === 'delay_ms') return t('evidence.milliseconds', { n: figure(value) });
      if (field.endsWith('_ms')) return t('evidence.seconds', { n: figure(value / 1000, value % 1000 ? 1 : 0) });
      return field.endsWith('_pct') ? `${figure(value)} %` : figure(value);
    }
    if (typeof value === 'object') return objectOf(field, value as Record<string, unknown>);
    const text = String(value);
    if (field === 'area' || field === 'parent') return areaName(text);
    if (field === 'node') return nodeName(text);
    if (field === 'announcement') return titles.value.get(text) ?? text;
    if (choices[field]) return choice(choices[field], text);
    if (/^\d{4}-\d\d-\d\dT/.test(text)) return spokenWhen(text);
    if (/^\d{4}-\d\d-\d\d$/.test(text)) return dateOf(noonOf(text));
    return /^[0-9a-f]{64}$/.test(text) ? t('evidence.sound', { name: text.slice(0, 8) }) : text;
  }
  function objectOf(field: string, value: Record<string, unknown>): string {
    if (field === 'rule') {
      const said = whenOf(value as unknown as Rule);
      return said ? sentenceOf(said, language.value) : t('evidence.rule_own');
    }
    if (field === 'position') return `${figure(Number(value.latitude), 5)}; ${figure(Number(value.longitude), 5)}`;
    if (field === 'exception') return `${choice('announce.reasons', String(value.reason))}: ${String(value.words)}`;
    return Object.entries(value).map(([name, each]) => `${nameOf(name)}: ${valueOf(name, each)}`).join('; ');
  }
  function changeOf({ field, before, after }: Difference, isNew: boolean, isGone: boolean): string {
    if (isNew) return valueOf(field, after);
    if (isGone) return valueOf(field, before);
    return t('evidence.from_to', { before: valueOf(field, before), after: valueOf(field, after) });
  }
  function changes(row: Row): { name: string; text: string }[] {
    const has = (value: unknown) => value !== null && typeof value === 'object';
    return differencesOf(row.before, row.after, row.subject).flatMap((each) => {
      if (each.field !== 'rules' || !each.after) return { name: nameOf(each.field), text: changeOf(each, !has(row.before), !has(row.after)) };
      const was = each.before as Rules | undefined;
      return changesOf(was, each.after as Rules).map((change) => ({ name: rulesWords.subjectOf(change), text: rulesWords.changeOf(change, !was) }));
    });
  }
  return { sentence, via, changes };
}
