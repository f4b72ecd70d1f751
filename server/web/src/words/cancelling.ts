import { both } from './both';

export default both(
  {
    keep: 'Không hủy nữa',
    nothing: 'Không còn lượt nào sắp phát: hủy chỉ đóng lịch này lại.',
    falls: '{n} lượt sẽ không phát:',
    more: 'và {n} lượt nữa, đến {last}',
    others_kept: 'Không lịch nào khác thay đổi.',
    others: 'Lịch khác thay đổi theo:',
    moved: '“{title}” dời từ {before} sang {after}',
    shortened: '“{title}” lúc {before} bị rút ngắn',
    cancelled: '“{title}” lúc {before} không phát',
  },
  {
    keep: 'Do not cancel',
    nothing: 'Nothing of it is still to come: cancelling only closes it.',
    falls: '{n} plays fall away:',
    more: 'and {n} more, until {last}',
    others_kept: 'No other schedule changes.',
    others: 'Other schedules that change:',
    moved: '“{title}” moves from {before} to {after}',
    shortened: '“{title}” at {before} is cut short',
    cancelled: '“{title}” at {before} does not play',
  },
);
