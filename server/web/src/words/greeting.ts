import { both } from './both';

// `texts` begin after "open" and end before "close"; by the names of holidays of the ward's calendar, `general` for any
// other day.
export default both(
  {
    occasion: 'Nhân dịp',
    occasion_none: 'Lời chúc thường, không gắn với ngày lễ',
    occasion_change: 'Đổi dịp',
    occasion_title: 'Lời chúc nhân dịp nào?',
    great: 'Ngày lễ lớn sắp tới',
    others: 'Ngày kỷ niệm',
    in_days: 'còn {n} ngày',
    today: 'hôm nay',
    scheduled: 'đã có lời chúc',
    scheduled_already: 'Dịp này đã có một lời chúc được xếp lịch. Phát thêm sẽ là lời chúc thứ hai.',
    record: 'Đọc và thu',
    reset_text: 'Lấy lại lời mẫu',
    air: 'Phát',
    when: 'Phát lúc nào',
    when_feast: 'Đúng ngày lễ',
    when_soon: 'Sớm nhất có thể',
    when_at: 'Giờ khác',
    day: 'Ngày',
    time: 'Giờ',
    lunar: 'Âm lịch: {day}',
    more: 'Tùy chọn khác',
    title: 'Tên lời chúc',
    title_of: 'Lời chúc của Chủ tịch phường nhân {occasion} năm {year}',
    title_plain: 'Lời chúc của Chủ tịch phường',
    areas: 'Phát tại',
    volume: 'Âm lượng: {n} %',
    yearly: 'Phát lại bản này hằng năm vào ngày lễ này',
    reason: 'Lý do phát ngoài khung giờ của phường',
    reason_none: 'Không (theo đúng khung giờ)',
    reasons: { great_holiday: 'Ngày lễ lớn', political_event: 'Sự kiện chính trị' },
    reason_words: 'Lời chúc của Chủ tịch phường',
    plan: 'Lịch sẽ phát',
    plan_waits: 'Lịch phát hiện ra ngay khi máy chủ xử lý xong bản thu.',
    planning: 'Đang hỏi lịch phát…',
    plays: 'Phát lúc {when}, dài {length}, tại {n} loa.',
    shifted: 'Giờ {due} đã có lịch khác, nên dời sang {when}; dài {length}, tại {n} loa.',
    shortened: 'Phát lúc {when} nhưng chỉ đủ chỗ cho {length}; phần sau bị cắt.',
    every_year: 'Từ năm sau phát lại vào ngày lễ này.',
    far: 'Còn hơn 31 ngày: nếu sau này có lịch khác chiếm chỗ, trang Lịch phát sẽ báo.',
    others_kept: 'Không lịch nào khác bị ảnh hưởng.',
    others_changed: 'Các lịch khác thay đổi vì lời chúc này:',
    other_moved: '“{title}” dời từ {before} sang {after}',
    other_shortened: '“{title}” lúc {before} bị rút ngắn',
    other_cancelled: '“{title}” lúc {before} không phát',
    kept_by_policy: '{names} không phát được lúc này: {reason}.',
    policy: {
      policy_longest_play: 'dài hơn mức cho phép',
      policy_quiet_hours: 'giờ yên tĩnh do khóa gốc quy định',
      policy_starts_per_hour: 'đã đủ số lần phát trong một giờ',
      policy_minutes_per_day: 'đã đủ số phút phát trong ngày',
    },
    softer: '{names} phát nhỏ hơn ({n} %) theo mức trần của khu vực.',
    night: 'Giờ phát nằm trong khoảng 21:00–05:30, lúc người dân nghỉ. Chỉ phát khi thật cần.',
    moved_on: 'Giờ phát sớm nhất vừa dời sang {when}. Xem lại rồi bấm Phát.',
    confirm: 'Tôi xác nhận lời chúc không chứa bí mật nhà nước và không nêu thông tin riêng của ai.',
    confirm_night: 'Tôi đồng ý phát vào giờ này.',
    air_it: 'Phát lời chúc',
    airing: 'Đang xếp lịch…',
    first_confirm: 'Đánh dấu vào ô xác nhận ở trên rồi bấm Phát.',
    done: 'Đã xếp lịch lời chúc',
    done_when: '“{title}” phát lúc {when}.',
    done_in: 'còn {time}',
    done_now: 'đang phát',
    done_over: 'đã đến giờ phát',
    done_ready: '{ready}/{all} loa đã nhận lịch và âm thanh.',
    see_calendar: 'Xem Lịch phát',
    call_off: 'Hủy lịch này',
    call_off_sure: 'Hủy lịch phát lời chúc này?',
    called_off: 'Đã hủy. Lời chúc sẽ không phát.',
    another: 'Thu lời chúc khác',
    open: 'Kính thưa toàn thể bà con nhân dân {ward}!',
    close: 'Xin trân trọng cảm ơn!',
    texts: {
      general:
        'Thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con lời thăm hỏi ân cần và lời chúc tốt đẹp nhất.\nThời gian qua, bà con đã đoàn kết, cùng chính quyền giữ gìn tổ dân phố sạch đẹp, an toàn, nghĩa tình. Chính quyền phường trân trọng cảm ơn và tiếp tục lắng nghe, phục vụ bà con tận tình hơn nữa.\nKính chúc bà con và gia đình mạnh khỏe, bình an, hạnh phúc.',
      'tet-duong-lich':
        'Nhân dịp Tết Dương lịch, đón chào năm mới {year}, thay mặt lãnh đạo {ward}, tôi xin gửi tới các cụ, các ông, các bà, các anh chị và các cháu lời thăm hỏi ân cần và lời chúc mừng năm mới tốt đẹp nhất.\nNăm qua, nhờ sự đoàn kết, đồng lòng của bà con, phường ta đã làm được nhiều việc có ích cho cuộc sống của từng tổ dân phố. Chính quyền phường trân trọng cảm ơn sự tin tưởng, góp ý và chung sức của bà con.\nNăm mới, chúng tôi tiếp tục gần dân, lắng nghe dân và phục vụ bà con tận tình hơn nữa.\nKính chúc bà con và gia đình một năm mới mạnh khỏe, bình an, hạnh phúc và nhiều niềm vui. Chúc mừng năm mới!',
      'tet-nguyen-dan':
        'Trong không khí mừng Đảng, mừng Xuân {lunar_year}, thay mặt lãnh đạo {ward}, tôi xin gửi tới các cụ, các ông, các bà, các anh chị và các cháu lời chúc mừng năm mới thân ái và tốt đẹp nhất.\nNăm cũ đã qua, phường ta có thêm nhiều đổi thay nhờ sự đoàn kết, chăm chỉ và nghĩa tình của bà con. Chính quyền phường trân trọng biết ơn sự tin tưởng và chung sức ấy.\nXin gửi lời chúc đặc biệt tới các Mẹ Việt Nam anh hùng, các gia đình chính sách, những người đang làm nhiệm vụ và những người con xa quê.\nKính chúc mọi nhà một năm mới an khang, thịnh vượng, vui Xuân đầm ấm, an toàn và tiết kiệm. Chúc mừng năm mới!',
      'giao-thua':
        'Giờ phút giao thừa thiêng liêng đang đến. Thay mặt lãnh đạo {ward}, tôi xin gửi tới mọi nhà lời chúc mừng năm mới thân ái nhất.\nXin cảm ơn bà con đã cùng chính quyền vượt qua một năm nhiều công việc. Xin cảm ơn các lực lượng đang thức để giữ bình yên cho mọi nhà đón Tết.\nKính chúc bà con bước sang năm mới sức khỏe dồi dào, gia đình sum vầy, vạn sự như ý. Chúc mừng năm mới!',
      'thanh-lap-dang':
        'Nhân kỷ niệm Ngày thành lập Đảng Cộng sản Việt Nam 3 tháng 2, thay mặt lãnh đạo {ward}, tôi xin gửi tới các đồng chí đảng viên và toàn thể bà con lời chúc mừng tốt đẹp nhất.\nDưới sự lãnh đạo của Đảng, đất nước ta, quê hương ta không ngừng đổi mới; đời sống nhân dân ngày một khá hơn. Chúng ta trân trọng biết ơn các đảng viên lão thành đã cống hiến trọn đời cho dân, cho nước.\nMong bà con tiếp tục đoàn kết, góp ý để chính quyền phường phục vụ nhân dân ngày càng tốt hơn.\nKính chúc các đồng chí và bà con mạnh khỏe, hạnh phúc.',
      'thay-thuoc':
        'Nhân Ngày Thầy thuốc Việt Nam 27 tháng 2, thay mặt lãnh đạo {ward}, tôi xin gửi tới các thầy thuốc, y tá, điều dưỡng và nhân viên y tế đang công tác và sinh sống tại phường lời biết ơn sâu sắc.\nCác anh chị ngày đêm tận tụy, giữ gìn sức khỏe cho từng gia đình. Mong bà con cùng chăm lo phòng bệnh, giữ nhà cửa và nơi công cộng sạch sẽ.\nKính chúc các thầy thuốc và bà con mạnh khỏe, bình an.',
      'phu-nu-quoc-te':
        'Nhân Ngày Quốc tế Phụ nữ 8 tháng 3, thay mặt lãnh đạo {ward}, tôi xin gửi tới các bà, các mẹ, các chị và các cháu gái lời chúc mừng tốt đẹp nhất.\nCác chị em vừa giỏi việc nước, vừa đảm việc nhà, góp phần giữ gìn mái ấm và dựng xây phường ta văn minh, nghĩa tình. Chính quyền phường trân trọng cảm ơn và mong mỗi gia đình chia sẻ việc nhà với chị em.\nKính chúc các bà, các mẹ, các chị luôn mạnh khỏe, xinh đẹp và hạnh phúc.',
      'doan-thanh-nien':
        'Nhân kỷ niệm Ngày thành lập Đoàn Thanh niên Cộng sản Hồ Chí Minh 26 tháng 3, thay mặt lãnh đạo {ward}, tôi xin gửi tới các bạn đoàn viên, thanh niên lời chúc mừng thân ái.\nCác bạn đã xung kích giúp bà con làm thủ tục trực tuyến, giữ gìn vệ sinh, giúp đỡ gia đình khó khăn. Mong các bạn tiếp tục học tập, rèn luyện và làm nhiều việc tốt cho tổ dân phố của mình.\nChúc các bạn sức khỏe, nhiệt huyết và thành công.',
      'gio-to':
        'Dù ai đi ngược về xuôi, nhớ ngày Giỗ Tổ mùng mười tháng Ba. Nhân ngày Giỗ Tổ Hùng Vương, thay mặt lãnh đạo {ward}, tôi cùng bà con thành kính tưởng nhớ công lao các Vua Hùng đã có công dựng nước.\nNhớ lời Bác Hồ dạy: các Vua Hùng đã có công dựng nước, Bác cháu ta phải cùng nhau giữ lấy nước, mong bà con tiếp tục đoàn kết, thương yêu, giúp đỡ nhau, cùng xây dựng quê hương.\nKính chúc bà con một ngày lễ trang nghiêm, bình an và ấm áp tình gia đình.',
      'giai-phong-mien-nam':
        'Nhân kỷ niệm Ngày Giải phóng miền Nam, thống nhất đất nước 30 tháng 4, thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con lời chúc mừng tốt đẹp nhất.\nChúng ta đời đời nhớ ơn các anh hùng liệt sĩ, các Mẹ Việt Nam anh hùng, thương binh, bệnh binh và những người đã hy sinh vì độc lập, thống nhất của Tổ quốc.\nMong bà con treo cờ Tổ quốc, vui lễ an toàn, giữ gìn trật tự và giúp đỡ lẫn nhau.\nKính chúc bà con và gia đình kỳ nghỉ lễ vui vẻ, mạnh khỏe, hạnh phúc.',
      'quoc-te-lao-dong':
        'Nhân Ngày Quốc tế Lao động 1 tháng 5, thay mặt lãnh đạo {ward}, tôi xin gửi tới công nhân, nông dân, trí thức và mọi người lao động của phường lời chúc mừng tốt đẹp nhất.\nMỗi công việc lương thiện, dù lớn hay nhỏ, đều góp phần làm cho quê hương đẹp giàu. Chính quyền phường trân trọng cảm ơn công sức của bà con.\nKính chúc bà con mạnh khỏe, việc làm ổn định, gia đình ấm no, hạnh phúc.',
      'dien-bien-phu':
        'Nhân kỷ niệm Chiến thắng Điện Biên Phủ 7 tháng 5, thay mặt lãnh đạo {ward}, tôi cùng bà con tưởng nhớ các anh hùng liệt sĩ và gửi tới các chiến sĩ Điện Biên, dân công hỏa tuyến, thanh niên xung phong cùng gia đình lời tri ân sâu sắc.\nTinh thần Điện Biên Phủ nhắc chúng ta đoàn kết, bền bỉ vượt qua khó khăn để xây dựng quê hương.\nKính chúc các bác cựu chiến binh và bà con mạnh khỏe, hạnh phúc.',
      'giai-phong-hai-phong':
        'Nhân kỷ niệm Ngày Giải phóng Hải Phòng 13 tháng 5, thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con lời chúc mừng tốt đẹp nhất.\nTừ ngày giải phóng, người Hải Phòng trung dũng, quyết thắng đã dựng xây thành phố cảng ngày một to đẹp, đàng hoàng. Phường ta tự hào góp phần vào chặng đường ấy.\nMong bà con treo cờ Tổ quốc, giữ phố phường sạch đẹp và cùng chính quyền đưa phường ta phát triển.\nKính chúc bà con mạnh khỏe, hạnh phúc.',
      'sinh-nhat-bac':
        'Nhân kỷ niệm Ngày sinh Chủ tịch Hồ Chí Minh 19 tháng 5, thay mặt lãnh đạo {ward}, tôi cùng bà con thành kính tưởng nhớ công ơn trời biển của Bác Hồ kính yêu.\nHọc Bác, cán bộ phường nguyện là người phục vụ nhân dân: việc gì có lợi cho dân thì hết sức làm, việc gì có hại cho dân thì hết sức tránh. Mong bà con cùng giám sát và góp ý.\nKính chúc bà con và gia đình mạnh khỏe, hạnh phúc; chúc các cháu thiếu nhi chăm ngoan, học giỏi.',
      'thieu-nhi':
        'Nhân Ngày Quốc tế Thiếu nhi 1 tháng 6, thay mặt lãnh đạo {ward}, bác gửi tới tất cả các cháu thiếu niên, nhi đồng lời chúc yêu thương nhất.\nChúc các cháu nghỉ hè vui khỏe, chăm ngoan, biết giúp đỡ ông bà, cha mẹ. Các cháu nhớ không tắm sông, hồ khi không có người lớn và đi đường thật cẩn thận.\nMong các gia đình dành nhiều thời gian hơn cho con trẻ, để mọi trẻ em đều được an toàn và hạnh phúc.',
      'thuong-binh-liet-si':
        'Nhân kỷ niệm Ngày Thương binh – Liệt sĩ 27 tháng 7, thay mặt lãnh đạo {ward}, tôi cùng bà con nghiêng mình tưởng nhớ các anh hùng liệt sĩ và gửi tới các Mẹ Việt Nam anh hùng, thương binh, bệnh binh, gia đình liệt sĩ và người có công lời tri ân sâu sắc.\nUống nước nhớ nguồn, chính quyền phường cùng bà con tiếp tục chăm lo chu đáo cho các gia đình có công.\nKính chúc các bác, các mẹ và gia đình mạnh khỏe, bình an.',
      'cach-mang-thang-tam':
        'Nhân kỷ niệm Cách mạng tháng Tám 19 tháng 8, thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con lời chúc mừng tốt đẹp nhất.\nMùa thu cách mạng đã đem lại độc lập cho nước, tự do cho dân. Chúng ta trân trọng biết ơn các bậc lão thành cách mạng và nguyện giữ gìn thành quả ấy.\nMong bà con tiếp tục đoàn kết, cùng chính quyền xây dựng phường ta bình yên, văn minh.\nKính chúc bà con mạnh khỏe, hạnh phúc.',
      'quoc-khanh':
        'Nhân kỷ niệm Quốc khánh nước Cộng hòa xã hội chủ nghĩa Việt Nam 2 tháng 9, thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con lời chúc mừng tốt đẹp nhất.\nTự hào Tết Độc lập, chúng ta biết ơn Chủ tịch Hồ Chí Minh và các thế hệ cha anh đã hy sinh vì độc lập, tự do, hạnh phúc của nhân dân.\nMong bà con treo cờ Tổ quốc, vui lễ an toàn, tiết kiệm, giữ gìn trật tự, vệ sinh chung.\nKính chúc bà con và gia đình kỳ nghỉ lễ vui vẻ, mạnh khỏe, hạnh phúc.',
      'giai-phong-thu-do':
        'Nhân kỷ niệm Ngày Giải phóng Thủ đô 10 tháng 10, thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con lời chúc mừng tốt đẹp nhất.\nHướng về Thủ đô Hà Nội, trái tim của cả nước, chúng ta thêm tự hào về truyền thống yêu nước và thêm quyết tâm xây dựng quê hương.\nKính chúc bà con mạnh khỏe, bình an, hạnh phúc.',
      'doanh-nhan':
        'Nhân Ngày Doanh nhân Việt Nam 13 tháng 10, thay mặt lãnh đạo {ward}, tôi xin gửi tới các doanh nghiệp, hợp tác xã và hộ kinh doanh của phường lời chúc mừng tốt đẹp nhất.\nCác anh chị đã tạo việc làm, đóng góp cho ngân sách và chung tay vì người nghèo. Chính quyền phường cam kết giải quyết thủ tục nhanh, đúng hẹn và luôn lắng nghe.\nKính chúc các anh chị mạnh khỏe, kinh doanh thuận lợi, phát triển bền vững.',
      'phu-nu-viet-nam':
        'Nhân Ngày Phụ nữ Việt Nam 20 tháng 10, thay mặt lãnh đạo {ward}, tôi xin gửi tới các bà, các mẹ, các chị và các cháu gái lời chúc mừng tốt đẹp nhất.\nCác chị em luôn là người giữ lửa cho gia đình và là chỗ dựa của nhiều việc nghĩa tình trong tổ dân phố. Chính quyền phường trân trọng cảm ơn những đóng góp ấy.\nKính chúc các bà, các mẹ, các chị luôn mạnh khỏe, xinh đẹp và hạnh phúc.',
      'dai-doan-ket':
        'Nhân Ngày hội Đại đoàn kết toàn dân tộc 18 tháng 11, thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con các tổ dân phố lời chúc mừng tốt đẹp nhất.\nĐoàn kết là truyền thống quý báu của dân tộc ta. Mong bà con dự ngày hội đông đủ, vui vẻ; cùng bàn việc chung, giúp nhau làm ăn, giữ gìn tình làng nghĩa xóm.\nKính chúc mỗi nhà, mỗi tổ dân phố đoàn kết, bình an, hạnh phúc.',
      'nha-giao':
        'Nhân Ngày Nhà giáo Việt Nam 20 tháng 11, thay mặt lãnh đạo {ward}, tôi xin gửi tới các thầy giáo, cô giáo đang công tác và đã nghỉ hưu lời biết ơn sâu sắc.\nCác thầy cô đã tận tụy dạy chữ, dạy người cho con em chúng ta. Mong các cháu chăm ngoan, học giỏi, lễ phép; mong mỗi gia đình cùng nhà trường chăm lo việc học của con em.\nKính chúc các thầy cô mạnh khỏe, hạnh phúc và luôn giữ vững lòng yêu nghề.',
      'van-hoa':
        'Nhân Ngày Văn hóa Việt Nam 24 tháng 11, thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con lời chúc mừng tốt đẹp nhất.\nVăn hóa bắt đầu từ những việc nhỏ: lời chào, lời cảm ơn, lời xin lỗi, một ngõ phố sạch đẹp, một đám cưới, đám tang văn minh. Mong bà con cùng giữ gìn nếp sống đẹp ấy.\nKính chúc bà con và gia đình mạnh khỏe, bình an, hạnh phúc.',
      'quan-doi':
        'Nhân kỷ niệm Ngày thành lập Quân đội nhân dân Việt Nam và Ngày hội Quốc phòng toàn dân 22 tháng 12, thay mặt lãnh đạo {ward}, tôi xin gửi tới các đồng chí cựu chiến binh, quân nhân, dân quân tự vệ và gia đình lời chúc mừng tốt đẹp nhất.\nNhân dân ta biết ơn Bộ đội Cụ Hồ đã chiến đấu, hy sinh để giữ nước và luôn có mặt khi dân gặp thiên tai, hoạn nạn.\nKính chúc các đồng chí và bà con mạnh khỏe, hạnh phúc.',
      'ram-thang-gieng':
        'Nhân Rằm tháng Giêng, thay mặt lãnh đạo {ward}, tôi xin gửi tới bà con lời chúc đầu Xuân tốt đẹp nhất.\nMong bà con đi lễ văn minh, không đốt nhiều vàng mã, giữ gìn vệ sinh và phòng cháy, chữa cháy tại đình, chùa và tại nhà.\nKính chúc bà con và gia đình một năm mạnh khỏe, bình an, mọi việc hanh thông.',
      'phat-dan':
        'Nhân Đại lễ Phật đản, thay mặt lãnh đạo {ward}, tôi xin gửi tới các vị tăng ni, phật tử và toàn thể bà con lời chúc mừng tốt đẹp nhất.\nTinh thần từ bi, hướng thiện, tốt đời đẹp đạo của đồng bào Phật giáo đã góp nhiều việc nghĩa cho phường ta.\nKính chúc các vị tăng ni, phật tử và bà con một mùa Phật đản an lạc, hạnh phúc.',
      'vu-lan':
        'Nhân mùa Vu Lan báo hiếu, thay mặt lãnh đạo {ward}, tôi xin gửi tới các bậc ông bà, cha mẹ và toàn thể bà con lời chúc tốt đẹp nhất.\nMùa Vu Lan nhắc mỗi chúng ta nhớ công ơn sinh thành, quan tâm nhiều hơn tới cha mẹ, ông bà và những người đã hy sinh vì đất nước.\nKính chúc các cụ mạnh khỏe, sống lâu, sống vui bên con cháu; chúc mọi nhà bình an, hạnh phúc.',
      'trung-thu':
        'Nhân dịp Tết Trung thu, thay mặt lãnh đạo {ward}, bác gửi tới tất cả các cháu thiếu niên, nhi đồng lời chúc yêu thương nhất.\nChúc các cháu đón trăng, rước đèn thật vui và an toàn; luôn chăm ngoan, học giỏi, vâng lời ông bà, cha mẹ, thầy cô.\nMong bà con dành cho các cháu, nhất là các cháu có hoàn cảnh khó khăn, một mùa trăng ấm áp.\nChúc mọi gia đình sum vầy, hạnh phúc.',
    },
  },
  {
    occasion: 'Occasion',
    occasion_none: 'An ordinary greeting, for no feast',
    occasion_change: 'Change',
    occasion_title: 'What is the greeting for?',
    great: 'The next great days',
    others: 'Commemorations',
    in_days: 'in {n} days',
    today: 'today',
    scheduled: 'has a greeting',
    scheduled_already: 'A greeting is scheduled for this day already. This one will be the second.',
    record: 'Read and record',
    reset_text: 'The ready text again',
    air: 'Air it',
    when: 'When',
    when_feast: 'On the feast itself',
    when_soon: 'As soon as possible',
    when_at: 'At another time',
    day: 'Day',
    time: 'Time',
    lunar: 'Lunar: {day}',
    more: 'More options',
    title: 'Title of the greeting',
    title_of: 'The chairman’s greeting, {occasion} {year}',
    title_plain: 'The chairman’s greeting',
    areas: 'Where it is heard',
    volume: 'Volume: {n} %',
    yearly: 'Air this recording each year on this feast',
    reason: 'Reason for airing outside the ward’s hours',
    reason_none: 'None (within its hours)',
    reasons: { great_holiday: 'A great holiday', political_event: 'A political event' },
    reason_words: 'The chairman’s greeting',
    plan: 'What will be heard',
    plan_waits: 'It is told here as soon as the server has worked on the recording.',
    planning: 'Asking the timetable…',
    plays: 'Plays at {when}, {length} long, at {n} loudspeakers.',
    shifted: 'Something else has {due}, so it is moved to {when}; {length} long, at {n} loudspeakers.',
    shortened: 'Plays at {when}, but there is room for {length} only; the rest is cut off.',
    every_year: 'From next year on it is heard again on this feast.',
    far: 'It is more than 31 days away: should something else take its place, the calendar will tell.',
    others_kept: 'Nothing else changes.',
    others_changed: 'What else changes because of it:',
    other_moved: '“{title}” moves from {before} to {after}',
    other_shortened: '“{title}” at {before} is shortened',
    other_cancelled: '“{title}” at {before} does not play',
    kept_by_policy: '{names} cannot play it then: {reason}.',
    policy: {
      policy_longest_play: 'longer than is allowed',
      policy_quiet_hours: 'quiet hours of the root key’s policy',
      policy_starts_per_hour: 'enough plays in that hour',
      policy_minutes_per_day: 'enough minutes on that day',
    },
    softer: '{names} play it softer ({n} %), by the ceiling of their area.',
    night: 'This lies between 21:00 and 05:30, when people rest. Air it only if it must be.',
    moved_on: 'The earliest time has moved on to {when}. Look again, then touch Air.',
    confirm: 'I confirm that the greeting holds no state secret and no personal data.',
    confirm_night: 'I agree to air it at this hour.',
    air_it: 'Air the greeting',
    airing: 'Scheduling…',
    first_confirm: 'Tick the confirmation above, then touch Air.',
    done: 'The greeting is scheduled',
    done_when: '“{title}” plays at {when}.',
    done_in: 'in {time}',
    done_now: 'on air',
    done_over: 'its time has come',
    done_ready: '{ready} of {all} loudspeakers hold the plan and the sound.',
    see_calendar: 'See the calendar',
    call_off: 'Call it off',
    call_off_sure: 'Call this greeting off?',
    called_off: 'Called off. The greeting will not be heard.',
    another: 'Record another greeting',
    open: 'Dear residents of {ward},',
    close: 'Thank you.',
    texts: {
      general:
        'On behalf of the leaders of {ward}, I send you my warm regards and best wishes.\nYou have stood together and, with the authorities, kept our residential groups clean, safe and kind. We thank you, and will go on listening and serving you better.\nI wish you and your families health, peace and happiness.',
      'tet-duong-lich':
        'As we welcome the new year {year}, on behalf of the leaders of {ward}, I send our elders, men, women and children my warm regards and best wishes.\nLast year, thanks to your unity, our ward did much that is of use to every residential group. We thank you for your trust, your advice and your help.\nIn the new year we will stay close to you, listen, and serve you better still.\nI wish you and your families a new year of health, peace, happiness and joy. Happy New Year!',
      'tet-nguyen-dan':
        'In the joy of the spring of {lunar_year}, on behalf of the leaders of {ward}, I send our elders, men, women and children my warmest wishes for the new year.\nIn the year that is over our ward changed for the better by your unity, hard work and kindness. We are grateful for your trust.\nA special greeting goes to the Heroic Vietnamese Mothers, to the families of merit, to those on duty and to those far from home.\nI wish every home a new year of peace and prosperity, and a Tết that is warm, safe and thrifty. Happy New Year!',
      'giao-thua':
        'The sacred moment of New Year’s Eve has come. On behalf of the leaders of {ward}, I send every home my warmest wishes.\nThank you for going through a busy year with us. Thanks to all who are awake tonight so that every home may celebrate in peace.\nI wish you good health, families together, and all that you hope for in the new year. Happy New Year!',
      'thanh-lap-dang':
        'On the anniversary of the foundation of the Communist Party of Vietnam, 3 February, on behalf of the leaders of {ward}, I send the members of the Party and all residents my best wishes.\nUnder the leadership of the Party our country and our home have been renewed, and life has become better. We are grateful to the veteran members who gave their lives to the people.\nPlease keep your unity and your advice, so that the ward may serve you better.\nI wish you all health and happiness.',
      'thay-thuoc':
        'On Vietnamese Doctors’ Day, 27 February, on behalf of the leaders of {ward}, I thank the doctors, nurses and health workers who work and live in our ward.\nDay and night you look after the health of every family. May all of us help to prevent disease and keep our homes and public places clean.\nI wish you all health and peace.',
      'phu-nu-quoc-te':
        'On International Women’s Day, 8 March, on behalf of the leaders of {ward}, I send our grandmothers, mothers, sisters and girls my best wishes.\nYou do well at work and at home, and help to build a ward that is civilised and kind. We thank you, and ask every family to share the work of the house.\nI wish you health, beauty and happiness.',
      'doan-thanh-nien':
        'On the anniversary of the Hồ Chí Minh Communist Youth Union, 26 March, on behalf of the leaders of {ward}, I send our young people my warm wishes.\nYou have helped residents with online procedures, kept our streets clean and stood by families in need. Go on learning, and doing good for your residential group.\nI wish you health, enthusiasm and success.',
      'gio-to':
        'Wherever we go, we remember the day of our ancestors, the tenth of the third month. On the Hùng Kings’ Commemoration Day, on behalf of the leaders of {ward}, I remember with you the Hùng Kings who founded our country.\nUncle Hồ taught us: the Hùng Kings founded the country, and together we must keep it. May we stay united, care for each other and build our home.\nI wish you a solemn and peaceful day with your families.',
      'giai-phong-mien-nam':
        'On the anniversary of the liberation of the South and the reunification of the country, 30 April, on behalf of the leaders of {ward}, I send you my best wishes.\nWe will always be grateful to the martyrs, the Heroic Vietnamese Mothers, the wounded and all who gave themselves for independence and unity.\nPlease hang out the national flag, celebrate safely, keep order and help each other.\nI wish you and your families a happy holiday.',
      'quoc-te-lao-dong':
        'On International Workers’ Day, 1 May, on behalf of the leaders of {ward}, I send the workers, farmers, intellectuals and all working people of our ward my best wishes.\nEvery honest work, great or small, makes our home richer and more beautiful. We thank you for it.\nI wish you health, steady work and happy families.',
      'dien-bien-phu':
        'On the anniversary of the victory of Điện Biên Phủ, 7 May, on behalf of the leaders of {ward}, I remember the martyrs with you, and thank the soldiers of Điện Biên, the porters, the youth volunteers and their families.\nThe spirit of Điện Biên Phủ reminds us to be united and steady in every difficulty.\nI wish our veterans and all of you health and happiness.',
      'giai-phong-hai-phong':
        'On the anniversary of the liberation of Hải Phòng, 13 May, on behalf of the leaders of {ward}, I send you my best wishes.\nSince that day the people of Hải Phòng have built a port city that grows greater and more beautiful. Our ward is proud of its part in it.\nPlease hang out the national flag, keep our streets clean, and let us develop our ward together.\nI wish you health and happiness.',
      'sinh-nhat-bac':
        'On the birthday of President Hồ Chí Minh, 19 May, on behalf of the leaders of {ward}, I remember with you all that we owe to Uncle Hồ.\nFrom him our officials learn to serve: to do their utmost for what helps the people, and to avoid what harms them. Please watch over us and advise us.\nI wish you and your families health and happiness, and our children success at school.',
      'thieu-nhi':
        'On International Children’s Day, 1 June, on behalf of the leaders of {ward}, I send all our children my loving wishes.\nHave a happy and healthy summer, and help your parents and grandparents. Do not swim in rivers or ponds without grown-ups, and be careful on the road.\nMay every family give more time to its children, so that each child is safe and happy.',
      'thuong-binh-liet-si':
        'On the Day of War Invalids and Martyrs, 27 July, on behalf of the leaders of {ward}, I bow with you to the martyrs, and thank the Heroic Vietnamese Mothers, the wounded, the families of martyrs and all people of merit.\nWho drinks the water remembers its source: together we will go on caring for the families of merit.\nI wish you health and peace.',
      'cach-mang-thang-tam':
        'On the anniversary of the August Revolution, 19 August, on behalf of the leaders of {ward}, I send you my best wishes.\nThat autumn brought independence to the country and freedom to the people. We thank the veterans of the revolution, and will keep what they won.\nMay we stay united and build a peaceful, civilised ward together.\nI wish you health and happiness.',
      'quoc-khanh':
        'On the National Day of the Socialist Republic of Vietnam, 2 September, on behalf of the leaders of {ward}, I send you my best wishes.\nProud of our independence, we thank President Hồ Chí Minh and the generations who gave themselves for the freedom and happiness of the people.\nPlease hang out the national flag, celebrate safely and thriftily, and keep order and cleanliness.\nI wish you and your families a happy holiday.',
      'giai-phong-thu-do':
        'On the anniversary of the liberation of the capital, 10 October, on behalf of the leaders of {ward}, I send you my best wishes.\nLooking to Hà Nội, the heart of the country, we are proud of our love of the homeland, and resolved to build our ward.\nI wish you health, peace and happiness.',
      'doanh-nhan':
        'On Vietnamese Entrepreneurs’ Day, 13 October, on behalf of the leaders of {ward}, I send the companies, cooperatives and family businesses of our ward my best wishes.\nYou give work, pay into the budget and help the poor. We promise quick procedures on time, and an open ear.\nI wish you health and lasting success.',
      'phu-nu-viet-nam':
        'On Vietnamese Women’s Day, 20 October, on behalf of the leaders of {ward}, I send our grandmothers, mothers, sisters and girls my best wishes.\nYou keep the fire of the home, and much of what is kind in our residential groups rests on you. We thank you for it.\nI wish you health, beauty and happiness.',
      'dai-doan-ket':
        'On the Festival of National Unity, 18 November, on behalf of the leaders of {ward}, I send the residents of all groups my best wishes.\nUnity is the treasure of our people. Come to the festival, speak about what concerns us all, help each other, and keep good neighbourship.\nI wish every home and every group unity, peace and happiness.',
      'nha-giao':
        'On Vietnamese Teachers’ Day, 20 November, on behalf of the leaders of {ward}, I thank the teachers who work and those who have retired.\nYou have taught our children to read, write and be good people. May the children learn well and be polite; may every family care for learning together with the school.\nI wish our teachers health, happiness and lasting love of their profession.',
      'van-hoa':
        'On the Day of Vietnamese Culture, 24 November, on behalf of the leaders of {ward}, I send you my best wishes.\nCulture begins with small things: a greeting, a thank-you, a sorry, a clean lane, a wedding or a funeral without excess. May we keep this way of life together.\nI wish you and your families health, peace and happiness.',
      'quan-doi':
        'On the anniversary of the Vietnam People’s Army and the Festival of National Defence, 22 December, on behalf of the leaders of {ward}, I send our veterans, soldiers, militia and their families my best wishes.\nOur people thank Uncle Hồ’s soldiers, who fought to keep the country and are there whenever disaster strikes.\nI wish you all health and happiness.',
      'ram-thang-gieng':
        'On the first full moon of the lunar year, on behalf of the leaders of {ward}, I send you my best wishes for the spring.\nPlease visit the temples in good manner, burn little votive paper, keep them clean, and prevent fire there and at home.\nI wish you and your families a year of health, peace and success.',
      'phat-dan':
        'On Vesak, on behalf of the leaders of {ward}, I send the monks, nuns, Buddhists and all residents my best wishes.\nThe compassion of our Buddhists has done much good in our ward.\nI wish you all a peaceful and happy festival.',
      'vu-lan':
        'In the season of Vu Lan, on behalf of the leaders of {ward}, I send our grandparents, parents and all residents my best wishes.\nVu Lan reminds us of what we owe to our parents, to care more for them, and to remember those who gave their lives for the country.\nI wish our elders long and happy lives with their children, and every home peace and happiness.',
      'trung-thu':
        'At the Mid-Autumn Festival, on behalf of the leaders of {ward}, I send all our children my loving wishes.\nEnjoy the moon and the lanterns, and be safe; be good, learn well, and listen to your grandparents, parents and teachers.\nMay all of us give the children, above all those in need, a warm festival.\nI wish every family happiness together.',
    },
  },
);
