/// The languages after the first six: see `WordPacks.all`.
extension WordPacks {
    static let italian = """
        it
        stop: stop, basta, ferma, fermare, fermati, disiscrivimi, cancellami, disiscrivere, annulla iscrizione, \
        basta messaggi, smettere, smettetela, stop sms
        start: inizia, iniziare, avvia, iscrivimi, riprendi, riattiva
        help: aiuto, info
        filler: per favore cortesia piacere grazie ciao salve buongiorno buonasera mi a di il lo la i gli le un \
        una del della dei delle con questi queste questo questa vostri vostre più piu ora subito mio numero tutti \
        tutte altri ancora mai adesso che e vi prego
        request: potete potreste può puoi potresti vorrei voglio chiedo desidero prego
        not: non mai
        doubt: se fino ma tranne solo prima dopo oggi domani mentre lavoro quando come perché chi promemoria \
        appuntamento appuntamenti visita farmaco farmaci medicina medicine ricetta risultati chiamare chiamatemi \
        email sondaggio fattura fumare prendere mamma marito moglie
        void: lista d attesa, lista di attesa, non smett* di
        + non ?voglio|desidero ?più|piu|mi|ricevere ?mandate|mandatemi|mandi|inviate|inviatemi|scrivete|scrivetemi|\
        scriva|contattate|contattatemi|ricevere|disturbate|mandarmi|scrivermi|più|piu|che ?più|piu|altri|mi|nessun|\
        i|vostri ?scriviate|mandiate|altri|vostri|nessun messaggi|sms|messaggio|scriviate|mandiate
        + non mandatemi|inviatemi|scrivetemi|contattatemi|scrivermi|mandarmi|disturbatemi ?più|piu|altri ?messaggi|\
        sms ?più
        + smettete|smettetela|smettila|smetta|smetti|finitela|piantatela di mandarmi|scrivermi|inviarmi|\
        contattarmi|disturbarmi|mandare|inviare ?questi|altri|i|vostri ?messaggi|sms
        + basta ?con ?questi|i|vostri messaggi|sms|messaggini
        + niente più|piu|altri messaggi|sms
        + nessun altro messaggio|sms
        + cancellatemi|rimuovetemi|toglietemi|disiscrivetemi|cancellami ?da|dalla|dalle|dai|dal ?questa|vostra|\
        vostri lista|liste|numero|contatti|messaggi|sms|sistema
        + disiscrivetemi
        + cancellate|rimuovete|togliete|eliminate|cancella ?il mio numero|nome
        + lasciatemi|lasciami in pace
        + voglio|vorrei disiscrivermi|cancellarmi
        + annulla|annullate|annullare|disattiva|disattivate|disattivare ?l|i|gli|la iscrizione|messaggi|sms|notifiche
        + revoco ?il ?mio consenso
        + ^ basta|stop $
        ~ numero sbagliato
        ~ troppi messaggi|sms|promemoria
        ~ non .. mandate|inviate|scrivete
        ~ basta promemoria|sondaggi|chiamate|pubblicità
        ~ smettete|smettetela di .. chiamar*|mandar*
        ~ come .. disiscriv*|cancello
        """

    static let polish = """
        pl
        stop: stop, rezygnuję, rezygnuje, wypisz, wypisz mnie, dość, koniec, zatrzymaj, przestań, przestańcie, \
        anuluj subskrypcję
        start: start, wznów, wznow, rozpocznij, zapisz, zapisz mnie
        help: pomoc, info
        filler: proszę prosze dziękuję dzień dobry mi mnie do na z tych te ten tego już juz więcej wiecej mój \
        numer i wam wasze swoje o tę to się sie nigdy
        request: możecie mozecie mogę czy chcę chce chciałbym chciałabym proszę mógłby
        not: nie nigdy
        doubt: jeśli jesli dopóki ale oprócz tylko przed po dziś dzisiaj jutro kiedy jak dlaczego kto \
        przypomnienie przypomnienia wizyta wizyty wizytę leki lek lekarstwo recepta receptę wyniki dzwonić zadzwoń \
        email ankieta faktura palić brać bać
        void: listy oczekujących, lista oczekujących, nie przestawaj*
        + nie ?chcę|chce|życzę ?sobie|więcej|dostawać|otrzymywać|już piszcie|pisz|wysyłajcie|wysyłaj|wysyłać|pisać|\
        otrzymywać|dostawać|kontaktujcie|nękajcie|przysyłajcie|wiadomości|sms* ?więcej|już|mi|do|się|od ?mnie|mi|\
        was ?już|więcej|tych|ze ?mną ?wiadomości|sms*
        + przestańcie|przestań|przestać|przestancie|przestan|skończcie ?mi|do ?mnie ?wysyłać|pisać|wysylac|pisac|\
        nękać|smsować|spamować|mnie ?mi|do|te ?mnie ?wiadomości|wiadomosci|sms*|nękać
        + koniec|dość|dosc z ?tymi wiadomościami|sms*
        + dość tych|waszych wiadomości|sms*
        + żadnych więcej ?wiadomości|sms*
        + wypiszcie|usuńcie|usuncie|wykreślcie|wypisz|usuń|skreślcie mnie ?proszę ?z ?tej|waszej|tych listy|bazy|\
        wiadomości|sms*
        + usuńcie|usuncie|usuń|wykreślcie mój|moj numer
        + zostawcie|zostaw|dajcie mnie|mi ?w spokoju|spokój
        + rezygnuję|rezygnuje z ?otrzymywania|tych ?wiadomości|sms*|powiadomień
        + wycofuję ?moją|swoją zgodę
        + ^ stop|dość $
        ~ zły|zly|pomyłka|niewłaściwy numer
        ~ za dużo wiadomości|sms*
        ~ nie wysyłajcie|piszcie|dzwońcie
        ~ jak .. wypisać|zrezygnować
        ~ pomyłka
        """

    static let vietnamese = """
        vi
        stop: dừng, dừng lại, ngừng, ngưng, hủy đăng ký, huỷ đăng ký, hủy, huy dang ky, dung lai, đừng nhắn nữa, \
        thôi đi, từ chối
        start: bắt đầu, đăng ký, bat dau, dang ky, tiếp tục, đăng ký lại
        help: giúp đỡ, trợ giúp, giúp, giup do, tro giup, hỗ trợ
        filler: xin vui lòng làm ơn ơi cảm ơn chào ạ nữa cho tôi em anh chị mình của các những này cái số điện \
        thoại với đi nha nhé đến và hết thêm bất kỳ quý vị
        request: có thể muốn xin yêu cầu vui lòng
        not: không khong
        doubt: nếu nhưng chỉ trước sau hôm mai khi lúc sao ai thuốc hẹn khám toa kết quả gọi email nhắc khảo sát \
        bác sĩ hút uống
        void: danh sách chờ, nhận được, nhan duoc, đừng|không|khong ngừng|dừng|ngưng uống|thuốc|nhắc|dùng
        + đừng|không|ngừng|dừng|ngưng|khong|thôi ?có ?muốn|cần ?nhận|gửi|nhắn|gởi|liên ?tin|lạc|thêm ?nhắn|nữa|cho|\
        tôi|tin ?tin|tôi|nhắn|làm ?nhắn|tôi|cho ?tôi nữa|tin|phiền|nhắn|gửi ?nữa
        + đừng|không|ngừng|dừng|ngưng|thôi gửi|nhắn|gởi ?tin ?nhắn ?cho ?tôi ?nữa
        + ngừng|dừng|ngưng nhắn tin
        + đừng|ngừng|dừng|ngưng .. tin nhắn ?nữa
        + đừng nhắn ?tin ?cho ?tôi ?nữa
        + đừng|ngừng|dừng làm phiền ?tôi
        + xóa|xoá|bỏ|gỡ ?số|tên ?điện|của ?thoại ?của ?tôi khỏi|ra ?khỏi danh|hệ sách|thống
        + xóa|xoá số ?điện ?thoại ?của tôi
        + tôi không muốn nhận ?thêm|các|những ?tin|thêm ?nhắn ?tin ?này ?nữa
        + để tôi yên
        + hủy|huỷ đăng ký
        + hủy|huỷ ?nhận tin ?nhắn
        + không nhắn|gửi tin ?nhắn nữa
        ~ nhầm số
        ~ sai số
        ~ lộn số
        ~ nhiều tin nhắn
        ~ đừng gọi|gửi|nhắn
        ~ không muốn nhận
        """

    static let tagalog = """
        tl
        stop: itigil, tigil, ihinto, hinto, tama na, tigilan, tigilan nyo na, itigil na, huwag na, ayoko na
        start: simulan, magsimula, ituloy, umpisahan
        help: tulong, info
        filler: po na ang mga pakiusap paki naman salamat hello hi kayo nyo niyo ninyo ako akin sa ko ng yung nga \
        ba rin din lang please sir mam maam opo number numero text texts ito nito iyon
        request: pwede puwede maaari gusto pakiusap paki
        not: hindi di
        doubt: kung hanggang pero maliban bago pagkatapos ngayon bukas habang trabaho kailan paano bakit sino \
        appointment reminder reminders gamot reseta resulta tawag tawagan email bayad checkup doktor ubo
        void: waiting list, huwag|wag .. itigil .. gamot|reminder|pag*
        + itigil|tigilan|ihinto|tigil|itigl ?nyo|niyo|ninyo|na|mo|po ?na|po|nyo|niyo|ninyo ?ang|yung|ako|akong|sa|\
        pag* ?pag*|mga|pagte* ?text|texts|message|messages|mensahe|sms|pag* ?sa|ng ?akin|text|mensahe text|texts|\
        message|messages|mensahe|pag*|kakatext|sms|ako|akin
        + huwag|wag ?nyo|niyo|ninyo|na|mo|po ?na|po|nyo|niyo|ninyo|kayong|kayo ?po|na|akong|ako ?akong|ako|na mag*|\
        i*|text*|padalhan|kontakin|guluhin|istorbohin|padala* ?na|ako|sa ?akin|ng|mga ?text|texts|mensahe|message
        + ayoko|ayaw ko|na ?na|ng|nang|po|ko ?na|ng|pong|po ?makatanggap|maka*|tumanggap|mga ?ng ?mga text|texts|\
        mensahe|message|messages|sms
        + ayoko|ayaw ?ko ?na ?po ng|pong ?mga ?makatanggap ?ng ?mga text|texts|mensahe|message|messages
        + tanggalin|alisin|burahin|tanggal ?nyo|niyo|ninyo|mo ?na|po ?ang|ako|yung ?ang ?sa number|numero|listahan|\
        list|inyong ?ko|listahan
        + tama na ?po ?ang|yung|sa|kaka* ?mga text|texts|mensahe|message|kakatext|pagte*
        + tantanan nyo|niyo|ninyo|mo ?na ako
        ~ maling number|numero
        ~ wrong number
        ~ huwag|wag .. text*|mag*|tawag*
        ~ ayoko|ayaw .. reminder|reminders|text*
        ~ ang dami text|texts|nyong
        """

    static let russian = """
        ru
        stop: стоп, отписаться, отписка, хватит, прекратить, отмена подписки, прекратите, остановить, отказ, \
        отпишите, отпишите меня, не пишите, довольно
        start: старт, начать, подписаться, возобновить, подписка
        help: помощь, инфо, справка
        filler: пожалуйста спасибо здравствуйте добрый день мне меня вы вас ваши эти это эту этих больше уже на с \
        из и мой номер телефон все всё никогда нам нас сюда я к пж прошу очень
        request: можете можно могли бы хочу прошу хотел хотела пожалуйста
        not: не никогда
        doubt: если пока но кроме только до после сегодня завтра когда как почему кто напоминание напоминания \
        прием приём приема запись лекарство лекарства таблетки рецепт результаты звоните позвоните почту опрос \
        счет счёт курить пить мама муж принимать
        void: список ожидания, листа ожидания, не прекращай*|останавливай*
        + не ?надо|нужно|хочу ?мне|больше|получать ?больше пишите|присылайте|шлите|отправляйте|беспокойте|получать|\
        писать|присылать|слать|смс|сообщения|сообщений|высылайте|тревожьте|рассылку ?мне|больше|нам|ваши|сюда|эти|\
        меня|от ?больше|мне|эти|ваши|вас|сюда ?никаких|смс|сообщения|сообщений|сообщение|рассылку|$
        + больше не ?надо|нужно|хочу ?мне пишите|присылайте|шлите|отправляйте|беспокойте|получать|писать|присылать|\
        слать
        + прекратите|перестаньте|хватит|кончайте|прекрати|перестань|довольно ?мне|меня|уже ?мне писать|слать|\
        присылать|отправлять|беспокоить|спамить|рассылку|смс|сообщения|доставать|сообщений|отсылать ?мне|меня|эти|\
        ваши ?смс|сообщения|сообщениями|сообщений
        + отпишите|удалите|уберите|исключите|вычеркните|отписать меня|мой ?номер ?из|от|с ?вашей|вашего|этой|\
        списка|рассылки|базы ?базы|списка|рассылки
        + хочу|прошу отписаться|отписать|отказаться ?от|меня ?от ?рассылки|сообщений|смс|ваших
        + отпишите|отписать|отпиши меня
        + оставьте|оставь меня в покое
        + отстаньте ?от ?меня
        + никаких|никакие больше|смс|сообщений ?смс|сообщений
        + отзываю ?свое|мое согласие
        + отмените|отключите|отключить|отменить ?мне|мою ?эту|эти|ваши рассылку|смс|уведомления|сообщения|подписку
        + ^ стоп|хватит $
        ~ ошиблись номером
        ~ не тот номер
        ~ слишком|очень много сообщений|смс
        ~ не пишите|звоните|присылайте
        ~ как отписаться|отключить
        ~ хватит напоминаний|опросов|звонить
        """

    static let arabic = """
        ar
        stop: توقف, توقفوا, إيقاف, ايقاف, قف, إلغاء الاشتراك, الغاء الاشتراك, وقف, كفى, خلاص, إلغاء الرسائل, \
        أوقفوا الرسائل
        start: ابدأ, بدء, اشتراك, استئناف, تفعيل, ابدا
        help: مساعدة, معلومات
        filler: من فضلك فضلكم لو سمحت سمحتم رجاء الرجاء شكرا مرحبا السلام عليكم هذه هذا لي إلي الي علي رقمي على \
        إلى بعد الآن الان مرة أخرى اخرى أي اي هاتفي يا جماعة كل تلك لطفا
        request: هل يمكن يمكنكم ممكن أريد اريد أرجو ارجو أود الرجاء رجاء
        not: لا لم لن
        doubt: إذا اذا حتى لكن إلا الا فقط قبل بعد اليوم غدا عندما متى كيف لماذا تذكير تذكيرات موعد الموعد موعدي \
        دواء الدواء أدوية وصفة نتائج اتصل اتصلوا بريد استبيان فاتورة التدخين
        void: قائمة الانتظار, لا تتوقفوا|تتوقف عن
        + توقفوا|توقف|أوقفوا|اوقفوا|أوقف|اوقف|كفوا|وقفوا|أوقفو ?عن ?إرسال|ارسال|مراسلتي|هذه|الإرسال ?هذه|الرسائل|\
        لي|ازعاجي|إزعاجي ?الرسائل|رسائل|لي إرسال|ارسال|مراسلتي|الرسائل|رسائل|إزعاجي|ازعاجي|رسائلكم|النصية ?الرسائل|\
        رسائل|لي ?لي|النصية
        + لا ترسلوا|ترسل|تراسلوني|تراسلني|تبعثوا|تكتبوا|تزعجوني|تتواصلوا|ترسلو ?لي|إلي|الي|معي|أي|اي ?أي|اي|المزيد|\
        من|رسائل|هذه ?من|رسائل|رسالة|الرسائل ?الرسائل|رسائل|رسالة|أخرى|بعد ?الآن
        + لا أريد|اريد|أرغب|ارغب ?في|أن|ان|استلام|تلقي|المزيد|رسائل|هذه|أي ?استلام|تلقي|من|أستلم|استقبال ?أي|هذه|\
        المزيد|من ?من رسائل|الرسائل|رسائلكم|رسالة|منكم ?منكم
        + احذفوا|احذف|أزيلوا|ازيلوا|امسحوا|شيلوا|أزل رقمي|اسمي|هاتفي ?من ?القائمة|قائمتكم|عندكم|قائمة|الرسائل
        + إلغاء|الغاء|ألغوا|الغوا|الغوا|ألغي اشتراكي|الاشتراك|الرسائل
        + اتركوني|دعوني وشأني|وشاني|في|بحالي ?حالي
        + بدون|كفى|كفاية|يكفي رسائل|الرسائل
        + أسحب|اسحب موافقتي
        ~ رقم|الرقم خطأ|خاطئ|غلط
        ~ رسائل كثيرة
        ~ لا ترسلوا|تتصلوا|ترسل
        """

    static let hindi = """
        hi
        stop: रोकें, रोको, बंद करें, बंद करो, बंद, रुकें, रुको, बस, बंद कीजिए, मैसेज बंद करो, सदस्यता समाप्त
        start: शुरू, शुरू करें, शुरू करो, प्रारंभ, चालू करें, चालू करो
        help: मदद, सहायता, जानकारी
        filler: कृपया प्लीज धन्यवाद नमस्ते मुझे मेरे मेरा को पर ये यह इन इस अब और आगे से के की का नंबर फोन फ़ोन जी \
        भाई तुरंत अभी सब सारे दीजिए दें करना आप आपके
        request: क्या सकते चाहता चाहती आप हूं हूँ है हैं
        not: ना
        doubt: अगर जब तक लेकिन मगर सिर्फ केवल पहले बाद आज कल कैसे क्यों कौन कब अपॉइंटमेंट रिमाइंडर दवा दवाई \
        दवाइयां नुस्खा रिपोर्ट कॉल फोन ईमेल डॉक्टर बिल सर्वे
        void: प्रतीक्षा सूची, दवा|दवाई .. बंद
        + मैसेज|संदेश|एसएमएस|टेक्स्ट|मेसेज|message|sms ?भेजना|करना|मत|न|भेजने|और ?मत|न बंद|भेजो|भेजें|भेजिए|करो|\
        करें|कीजिए|रोकें|रोको|भेजना|रोक ?करो|करें|कीजिए|कर ?दो|दें
        + मैसेज|संदेश|एसएमएस|मेसेज .. मत|न भेजो|भेजें|भेजिए|करो|करें|भेजना|कीजिए
        + मत|न भेजो|भेजें|भेजिए मैसेज|संदेश|एसएमएस|मेसेज
        + मुझे .. मैसेज|संदेश|एसएमएस|मेसेज नहीं चाहिए
        + मुझे .. मैसेज|संदेश|एसएमएस|मेसेज मत|न करो|करें|भेजो|भेजें|भेजिए|कीजिए
        + मैसेज|संदेश नहीं चाहिए
        + मेरा|मुझे नंबर|लिस्ट|सूची|अपनी ?अपनी|लिस्ट|से ?लिस्ट|सूची ?से हटा|हटाओ|हटाएं|निकाल|हटाइए|हटाए|डिलीट ?दो|\
        दें|दीजिए|करो
        + मुझे परेशान मत|न करो|करें|कीजिए
        + बंद करो|करें|कीजिए ?ये|यह|अपने ?सब|सारे मैसेज|संदेश|एसएमएस
        ~ गलत नंबर
        ~ बहुत .. मैसेज|संदेश
        ~ मत भेजो|भेजें|करो
        ~ रिमाइंडर|कॉल मत|बंद
        """

    static let chinese = """
        zh
        stop: 停止, 停, 退订, 退訂, 取消订阅, 取消訂閱, 不要再发, 不要再發, 别再发了, 別再發了, 拒收, 退出, 停止发送, 停止發送, td, 不要发了
        start: 开始, 開始, 订阅, 訂閱, 恢复, 恢復, 重新订阅, 重新開始
        help: 帮助, 幫助, 信息, 说明
        = 不要再给我发短信, 不要再給我發短信, 不要再发短信, 不要再發短信, 不要再發簡訊, 別再發簡訊, 别再发短信, 别再发信息, 别再发消息, 別再發短信, 停止发短信, 停止發短信, 停止发送短信, \
        停止發送簡訊, 停止發簡訊, 不要给我发短信, 不要給我發簡訊, 不要給我發短信, 别给我发短信, 別給我發簡訊, 不想收到短信, 不想再收到短信, 不想再收到你们的短信, 不想收到你们的短信, 不想再收到簡訊, \
        不想再收到你們的簡訊, 不想收到簡訊, 不再接收短信, 不要再给我发信息, 不要再發訊息, 不要再给我发消息, 别再给我发消息, 别再给我发短信, 別再給我發訊息, 別再傳簡訊, 不要再傳簡訊, 不要再傳訊息, \
        不要再联系我, 不要再聯絡我, 别再联系我, 別再聯絡我, 把我从名单中删除, 把我从名单上删除, 把我從名單中刪除, 把我的号码删除, 把我的號碼刪除, 删除我的号码, 刪除我的號碼, 删掉我的号码, \
        把我的号码删了, 取消短信, 取消簡訊, 取消短信通知, 取消簡訊通知, 我要退订, 我要退訂, 请退订, 帮我退订, 幫我退訂, 别再骚扰我, 別再騷擾我, 不要骚扰我, 不要騷擾我, 不要再打扰我, \
        不要再打擾我, 停止给我发, 停止給我發, 停止发信息, 停止发消息, 不需要短信, 不要短信, 不要再发信息, 不要再发消息, 别发短信了, 别发了, 不要再发了, 停止联系我, 停止聯絡我
        - 不要发短信, 别发短信, 不要發短信, 不要傳簡訊, 不要發簡訊, 发错人, 打错, 號碼錯, 号码错, 发错了, 傳錯, 太多短信, 短信太多, 簡訊太多, 太多簡訊, 不要提醒, 不需要提醒, 别提醒, \
        不要打电话, 怎么退订, 如何退订, 怎麼退訂, 如何取消, 怎么取消短信, 取消提醒, 停止提醒, 別再發, 不要再发
        voidrun: 候补, 候補, 等候名单, 等候名單, 不要停止发, 不要停止發, 别停止, 不要停药, 不要停藥
        doubtrun: 如果, 但是, 不过, 除非, 只, 今天, 明天, 晚上, 上班, 药, 藥, 预约, 預約, 电话, 電話, 邮件, 郵件
        """

    static let japanese = """
        ja
        stop: 停止, 解除, 配信停止, やめて, やめてください, ストップ, 中止, 退会, 止めて, 止めてください, 配信解除, 登録解除, 不要です
        start: 開始, 再開, 登録, スタート, 配信再開, 登録する
        help: ヘルプ, 案内
        = メッセージを送らないで, メッセージを送るのをやめて, メッセージを止めて, メッセージはやめて, メッセージをやめて, メッセージの送信をやめて, メッセージの配信を停止, メッセージの送信を停止, \
        メッセージを停止, 送信を停止して, 配信を停止して, 配信停止, 配信をやめて, 配信を止めて, ショートメールを送らないで, ショートメールをやめて, smsを送らないで, smsをやめて, smsを止めて, \
        smsはやめて, smsの配信を停止, smsを停止, もう送らないで, もう送ってこないで, 送ってこないで, 送らないでください, 連絡しないで, 連絡してこないで, 連絡をやめて, メッセージはいりません, \
        メッセージは不要, メッセージは要りません, smsは不要, smsはいりません, 受け取りたくありません, 受け取りたくない, 受信したくありません, リストから外して, リストから削除して, 番号を削除して, \
        番号を消して, 登録を解除, 登録解除, 配信解除, 退会したい, 退会します
        - 番号違い, 番号が違い, 番号を間違え, 人違い, 間違い電話, メッセージが多すぎ, 多すぎます, リマインダーは不要, リマインダーはいりません, リマインダーをやめて, 電話しないで, 電話はやめて, \
        電話をやめて, どうやって解除, 解除方法, 停止方法, 送らないで
        voidrun: やめないで, 止めないで, 停止しないで, 待機リスト, キャンセル待ち, 薬をやめ, 薬を止め, タバコ
        doubtrun: もし, でも, けど, ただし, 今日, 明日, 夜, 仕事, 薬, 予約, 電話, メールで, だけ
        """

    static let korean = """
        ko
        stop: 중지, 수신거부, 그만, 정지, 중단, 해지, 구독취소, 수신 거부, 구독 취소, 그만해, 그만하세요, 스톱, 거부, 문자 그만, 그만 보내세요
        start: 시작, 재개, 구독, 수신동의, 다시 시작, 수신 동의
        help: 도움말, 도움, 정보
        = 문자그만, 문자보내지마, 문자를보내지마, 문자좀보내지마, 문자좀그만, 문자그만보내, 문자보내지말, 문자를보내지말, 문자를그만, 문자를중단, 문자중단, 문자를중지, 문자중지, 문자받고싶지않,\
         문자를받고싶지않, 문자를더이상받고싶지않, 문자더이상받고싶지않, 문자안받고싶, 문자수신거부, 문자필요없, 문자는필요없, 문자하지마, 문자하지말, 메시지보내지마, 메시지를보내지마, \
        메시지보내지말, 메시지를보내지말, 메시지그만, 메시지를그만, 메시지중단, 메시지를중단, 메시지를받고싶지않, 메시지받고싶지않, 메세지보내지마, 메세지보내지말, 메세지그만, 메세지를그만, \
        연락하지마, 연락하지말, 그만보내, 더이상보내지마, 더이상보내지말, 더는보내지말, 수신거부, 명단에서빼, 목록에서삭제, 목록에서빼, 리스트에서빼, 번호를삭제, 번호삭제, 번호지워, 번호를지워,\
         번호빼주, 귀찮게하지마, 귀찮게하지말, 괴롭히지마
        - 번호잘못, 잘못보내, 잘못된번호, 문자너무많, 문자가너무많, 메시지가너무많, 알림그만, 알림필요없, 전화하지마, 전화하지말, 어떻게해지, 수신거부방법, 어떻게수신거부, 설문그만, 보내지마세요
        voidrun: 대기자명단, 대기명단, 중단하지마, 중단하지말, 그만두지, 멈추지마, 멈추지말, 약을중단, 약을그만
        doubtrun: 만약, 하지만, 지만, 오늘만, 내일, 밤에, 근무, 약, 예약, 전화로, 이메일로
        """
}
