// The ward's rules in words, for reading, for the history and for what an edit changes.
import { useI18n } from 'vue-i18n';
import type { AreaClass, Rules } from '../../ceilings';
import { figure } from '../../format';
import type { Change } from '../../rulesChanges';
import { areaName } from '../../ward';

export function useRulesWords(titleOf: (announcement: string) => string) {
  const { t } = useI18n();
  const days = (list: readonly string[]) => (list.length ? list.map((day) => t(`settings.rules.days.${day}`)).join(', ') : t('settings.rules.no_day'));
  const quiet = (of: Rules['quiet'] | null) => (of ? t('settings.rules.range', { from: of.from, until: of.until }) : t('settings.rules.quiet_none'));
  const session = ({ name, from, until, longest_ms }: Rules['sessions'][number]) => t('settings.rules.session_text', { name, from, until, minutes: figure(longest_ms / 60_000) });
  const ceilings = ({ ceilings }: AreaClass) => ceilings.map(({ from, until, volume_pct }) => t('settings.rules.ceiling_text', { from, until, volume: volume_pct })).join('; ') || t('settings.rules.no_ceiling');
  const areasOf = ({ areas }: AreaClass) => areas.map(areaName).join(', ');
  const gap = (ms: number) => t('settings.rules.gap_text', { n: figure(ms / 1000, ms % 1000 ? 1 : 0) });
  const chime = (announcement: string | null) => (announcement ? titleOf(announcement) : t('settings.rules.chime_none'));

  function valueOf({ subject }: Change, value: unknown): string {
    switch (subject) {
      case 'weekdays':
        return days(value as string[]);
      case 'quiet':
        return quiet(value as Rules['quiet'] | null);
      case 'gap':
        return gap(value as number);
      case 'session':
        return session(value as Rules['sessions'][number]);
      case 'class':
        return `${areasOf(value as AreaClass)} – ${ceilings(value as AreaClass)}`;
      case 'chime':
        return chime(value as string | null);
    }
  }
  function subjectOf({ subject, name }: Change): string {
    return t(`settings.rules.diff.${subject}`, { name: subject === 'chime' ? t(`common.classes.${name}`) : name });
  }
  function changeOf(change: Change, isFirst = false): string {
    if (isFirst) return valueOf(change, change.after);
    const isNamed = change.subject === 'session' || change.subject === 'class';
    if (isNamed && change.before === null) return t('settings.rules.diff.added', { after: valueOf(change, change.after) });
    if (isNamed && change.after === null) return t('settings.rules.diff.gone', { before: valueOf(change, change.before) });
    return t('settings.rules.diff.to', { before: valueOf(change, change.before), after: valueOf(change, change.after) });
  }
  return { days, quiet, session, ceilings, areasOf, gap, chime, subjectOf, changeOf };
}
