/// What people write when they want no more texts, by language. Format: `WordPack`. Each language has positives and
/// look-alikes in `Tests/data/opt-out-corpus.tsv`; a change here shows in the figures of that test.
enum WordPacks {
    static let all = [
        english, spanish, portuguese, french, creole, german, italian, polish, vietnamese, tagalog, russian, arabic,
        hindi, chinese, japanese, korean,
    ]

    static let english = """
        en
        stop: stop, stopall, stop all, unsubscribe, cancel, end, quit, revoke, optout, opt out, opt-out, stop \
        texts, stop texting, stop messages, stop sms, no more texts, remove me, unsub, stop it all
        start: start, unstop, subscribe, optin, opt in, opt-in, resubscribe, resume texts, start texts
        help: help, info
        filler: please pls plz just now already thanks thank you thx hi hello hey ok okay guys the a an this these \
        that those all any more ever again and so oh god omg wtf fucking damn sir maam anymore at i im me my \
        number phone to from of for kindly immediately right everything everyone yall really seriously for it is \
        sick tired been
        request: can could would will you please i want like id need may asking ask asked wish
        not: dont don't do'nt not never cant can't cannot wont won't didnt didn't doesnt doesn't wouldnt shouldnt \
        no without did
        doubt: if until till unless but except instead only before after today tomorrow tonight while during work \
        weekends weekend night nights morning call email mail how when why who what where should reminder \
        reminders appointment appointments visit visits medication medications meds medicine prescription \
        prescriptions pills refill refills vitamin vitamins surgery test tests results survey surveys bill bills \
        billing marketing ads promotions husband wife mother mom daughter son father dad kids bleeding smoking \
        drinking taking insulin program voicemail fax mailing twice duplicate so many lol jk kidding says
        void: waiting list, wait list, waitlist, dont|don't|do|never ?not stop .. text*|messag*|send*|remind*, \
        stop by, stop sign, bus stop, unsubscribe .. newspaper, opt out form, opt-out form
        + stop|quit|cease .. texting|txting|msging|messaging|contacting|spamming|pestering|harassing|bugging|\
        bothering|annoying ?me|us|this|my|these
        + stop|quit|end|cease|halt|discontinue ?sending|receiving|getting ?me ?us ?all|these|the|this|your|those|\
        any|with|any ?your|these|the|of|damn|further|future ?automated|text|sms|stupid|annoying ?your texts|text|\
        txt|msgs|msg|messages|message|sms|smss|alerts|notifications|txts|spam|communications|communication \
        ?messages|alerts
        + stop|quit sending ?me|us ?these|this|all|your ?of things|stuff|crap|these|this|it|them ?already|now|please $
        + stop|quit this|these|the crap $
        + stop|quit with ?all the|these|this|your texts|messages|spam|msgs|text|notifications
        + ^ stop|quit|unsubscribe|stopall|optout $
        + stop|quit sending me|us ?any|these|your|all|more|anything ?anything|more|stuff|things $
        + do|dont|don't|never ?not ?ever text|txt|message|msg|contact ?me|us|my|this|here ?number|phone ?ever \
        again|anymore|ever|more|please
        + do|dont|don't|never ?not text|txt|message|msg|contact me|us $
        + do|dont|don't|never ?not text|txt|message|msg|contact ?this|my ?number|phone $
        + do|dont|don't|never ?not ?ever send me|us|any|more|these|texts|messages|text|anymore|another ?any|these|\
        more|another|text|your ?more|text|of ?these texts|messages|text|msgs|sms|message|alerts|notifications|\
        anything|texts ?anymore
        + dont|don't|do|no ?not ?longer|want|wish ?want|wish|to|any|these|your|care ?to|any|these|your|more ?be|\
        get|receive|getting|receiving|hear|more|keep ?contacted|texted|texts|messages|any|more|these|your|text|\
        from|getting|receiving ?more|text|texts|messages|sms|these|by|you|via texts|messages|text|sms|\
        notifications|alerts|msgs|texted|you ?messages|texts ?anymore
        + dont|don't|do ?not want|wish ?to ?be ?receive|get|any|these|your|more|texted|contacted|messaged ?any|\
        these|your|more ?more texts|messages|text|sms|alerts|notifications|contacted|texted|messaged ?messages
        + no more ?of ?these|your|damn ?automated texts|text|messages|msgs|sms|txts|alerts|notifications|spam \
        ?messages
        + no thanks|longer|more texts|messages $
        + remove|delete|drop|scratch|strike|erase me|us|this $
        + remove|delete|erase my|this|our ?cell|phone number|phone|cell $
        + remove|take|delete|drop|pull|get|strike|scratch|unsubscribe me|my|us|this|our ?cell|phone ?number ?off|\
        out|from ?from|of ?of your|this|all|these|any|yalls ?text|texting|sms|contact|mailing|calling|call|message|\
        messaging list|lists|texts|text|messages|database|system|contacts|alerts|notifications|sms|service|\
        services ?list|messages|alerts
        + remove|take|delete|drop|pull|get|strike|scratch|unsubscribe me|my|us|this|our ?cell|phone ?number ?off|\
        out|from ?from|of ?of the text|texting|sms|contact|mailing|message|messaging|texts|messages|alerts|\
        notifications|system|database ?list|lists|alerts|messages
        + remove|take|delete me|my|this ?number|phone ?off|from your|this|all|text|texting|these ?texting|text|\
        contact|messaging|sms list|texts|messages|lists|system|database|contacts|alerts
        + unsubscribe|unenroll|deactivate|unsub ?me ?us ?my|this ?number ?from ?all|these|your|the|this ?text \
        texts|text|messages|sms|alerts|notifications|this|list|it|everything|all|please|now ?messages|alerts
        + unsubscribe me $
        + opt ?me|us out
        + opting out
        + opted out
        + cancel|disable|deactivate|turn ?off ?the|these|all|my|your ?text|sms|message|texting texts|messages|\
        notifications|alerts|sms|subscription ?alerts|messages
        + lose|forget|erase my number
        + leave me|us alone
        + revoke|withdraw ?my ?all consent|permission ?to ?text|contact ?me
        + i revoke|withdraw|rescind ?my consent|permission
        + not interested .. texts|messages|texting
        + enough with ?the|these|your texts|messages|text
        + text|message me no more
        + knock it off with .. texts|messages
        + fuck off
        + piss off
        + get lost
        + stop spamming|harassing|stalking
        + no texting|messaging|txting|spamming ?me $
        + refrain|desist from texting|messaging|contacting|sending
        + cease and desist ?all|from|any ?text|texting|contacting|messages ?messages|me
        + stop|quit blowing up my phone
        + i want|need off|out of|this|your ?this|your list|lists|texts
        + remove|take|get|delete me from|off the list of|for texts|messages|texting
        ~ wrong number
        ~ wrong person
        ~ not interested
        ~ stop|quit .. text*|messag*|contact*|send*|sms|remind*|notif*|call*|email*|bother*|bug*
        ~ too many texts|messages|reminders|text|notifications
        ~ so many texts|messages|reminders|text|notifications
        ~ keep|keeps texting|messaging|sending|bothering|bugging
        ~ no more reminders|surveys|ads|marketing|calls|emails|survey
        ~ less|fewer texts|messages|reminders
        ~ how .. stop|unsubscribe|opt .. texts|text|messages|this|these|out|these
        ~ how .. unsubscribe
        ~ unsubscribe me|from|us|my
        ~ go away
        ~ stop it|this|that $
        ~ this is spam
        ~ is this spam
        ~ take|remove|get me|my|us ?number off|from ?of ?the|your|that|this list|lists
        ~ dont|don't|never text|message|txt|contact me
        ~ do not text|message|txt|contact me
        ~ who gave you|u my number
        ~ dont|don't|do ?not want|need .. texts|text|messages|reminders|notifications
        ~ dont|don't|do ?not send .. texts|text|messages|reminders|notifications
        ~ not ?a|your|the patient ?there|anymore|here
        ~ no longer ?a|your patient
        """

    static let spanish = """
        es
        stop: alto, parar, pare, paren, para ya, baja, basta, salir, detener, detente, terminar, darme de baja, \
        dar de baja, no más, ya basta, no más mensajes, ya no más, cancelar suscripción, cancelar mensajes, no me \
        escriba, stop mensajes, desuscribir, desuscribirme, eliminar, alto ya
        start: alta, iniciar, inicio, comenzar, reanudar, suscribir, suscribirme, empezar, darme de alta, activar
        help: ayuda, información, info
        filler: por favor porfavor porfa ya gracias hola buenas buenos dias tardes noches a el la los las de del \
        que me mi mis número numero celular teléfono telefono y tanto tantos más mas nada nunca otra vez ustedes \
        usted todo todos todas esto estos esta estas eso esos señor señorita disculpe oiga miren quiero pido ruego \
        solicito favor bueno este ok pinche pinches pinches
        request: puede pueden podría podrían podrias puedes quiero quisiera quería deseo solicito pido pueda \
        puedan necesito me
        not: no nunca jamás tampoco sin
        doubt: si hasta pero excepto sino solo sólo antes después despues hoy mañana manana mientras trabajo \
        cuando cómo quién recordatorio recordatorios cita citas medicina medicamento medicamentos pastillas receta \
        recetas cirugía resultado resultados encuesta encuestas factura facturas esposo esposa mamá mama hijo hija \
        papá papa llámeme llame llamen llamada llamadas correo correos tomar fumar noche fines insulina vitaminas
        void: lista de espera, no dej* de mandar*|enviar*|escribir*|avisar*, alta médica, baja médica|presión|\
        temperatura, no .. mandar*|mandó|mandaron|enviaron .. receta|medicina|resultados, dado|dieron|dar de alta \
        .. hospital
        + no|ya|dejen|deje|deja|dejar|para|pare|paren|parar|basta ?no ?me|nos ?quiero ?recibir|de ?me ?quieran \
        ?mas manden|mande|mandes|mandarme|mandando|mandar|envíen|envien|envíe|envie|enviarme|enviando|enviar|\
        escriban|escriba|escribas|escribirme|escribiendo|escribir|recibir|texteen|textees|textearme|molesten|\
        moleste|molestarme|molestando|molestar|contacten|contactarme ?más|mas|tantos|estos|sus|me|esos|los|este|\
        tanto ?más|mas|de ?estos|esos|tipo ?de mensajes|textos|mensaje|sms|mensajitos|texto|avisos|notificaciones|\
        más|mas|nada ?más|mas|de ?texto|esto ?más|mas
        + no me|nos escriban|escriba|escribas|texteen|textee|textees|molesten|moleste|molestes|contacten|contacte|\
        manden|envíen ?más|mas|ya|nunca|nada ?más|mas $
        + ya no me|nos escriban|escriba|escribas|texteen|textees|molesten|moleste|molestes|contacten|manden|envíen|\
        mande|envíe ?más|mas|nada ?mas|más $
        + dejen|deje|deja|dejar de escribirme|molestarme|molestar|textearme|contactarme|mandarme|enviarme|escribir|\
        mandar|enviar|acosarme|fastidiar ?me ?más|mas|estos|sus|tantos|ya|por ?mensajes|textos|sms|esto|cosas|favor $
        + no más|mas ?de|sus|estos ?sus|estos mensajes|textos|sms|mensajitos|avisos|notificaciones
        + basta de ?sus|estos|tantos mensajes|textos|sms
        + no quiero|deseo|quisiera ?ya ?seguir ?más|mas|recibir|recibiendo|que ?me ?recibir ?más|mas|sus|estos|\
        manden|escriban|texteen|envíen|contacten ?más|mas mensajes|textos|sms|notificaciones|mensajitos
        + no quiero|deseo que me ?vuelvan ?a manden|escriban|texteen|envíen|contacten|molesten|escribir|mandar
        + ya no quiero|deseo ?recibir|que|más|mas|sus|estos|me ?más|mas|sus|estos|me mensajes|textos|sms|manden|\
        escriban|texteen|envíen|notificaciones
        + no me|nos vuelvan|vuelva a escribir*|mandar*|textear*|enviar*|contactar*|molestar*
        + no|dejen|déjenme|dejenme ?quiero ?que ?me de|estén|esten|sigan|siga mandar|mandando|enviar|enviando|\
        escribir|escribiendo|molestando ?más|mas|tantos ?mensajes|textos|sms
        + ya no mensajes|textos|sms
        + no molesten|moleste $
        + bórrenme|borrenme|quítenme|quitenme|quítame|sáquenme|saquenme|elimínenme|eliminenme|bórreme|borreme|\
        quíteme|remuévanme|sáqueme ya|por|de ?de ?favor ?la|su|esta|sus|todas|los ?sus lista|listas|mensajes|\
        sistema|contactos
        + bórrenme|borrenme|elimínenme|eliminenme $
        + borren|quiten|eliminen|elimine|borre|quite|saquen|remuevan|borrar|quitar|eliminar|sáquenme|quítenme|\
        bórrenme ?de ?la|su|esta ?a mi|lista|listas ?número|numero|teléfono|telefono|celular
        + dar|darme|dé|de|den|deme|denme|dénme ?me de baja
        + quiero|deseo|quisiera darme de baja
        + quiero|deseo|quisiera cancelar ?la|los|mi|mis|estos suscripción|suscripcion|mensajes|textos
        + cancelar|cancelen|cancele|anular|desactivar|desactiven ?la|mi|los|mis|estos ?suscripción mensajes|\
        suscripción|suscripcion|textos|notificaciones|sms
        + dejen|déjenme|dejenme|deje|déjeme|dejeme ?me en paz|tranquila|tranquilo
        + olvide|olviden|olvida|pierda|pierdan mi número|numero
        + retiro|revoco ?mi consentimiento|permiso
        + no autorizo .. mensajes|textos|escriban|contacten
        + ^ alto|basta|baja|stop $
        + desuscríbanme|desuscribanme|desuscribirme|desinscribirme|desinscríbanme
        + vuelvan|vuelva a escribirme $
        ~ número|numero equivocado
        ~ se equivocó|equivocaron|equivocaste de|número|numero|persona
        ~ no .. manden|mande|envíen|escriban|texteen|molesten
        ~ dejen|deje|dejar de .. mandar*|enviar*|escribir*|llamar*
        ~ muchos|demasiados|tantos mensajes|textos|recordatorios
        ~ no más|mas recordatorios|encuestas|llamadas|citas|anuncios
        ~ menos mensajes|textos
        ~ no me interesa
        ~ siguen|sigue mandando*|escribiendo*|enviando*|molestando*
        ~ cómo|como .. cancelo|paro|dejo|baja|detengo .. mensajes|textos|esto
        ~ darme de baja
        ~ ya no soy paciente
        ~ quién|quien les|le dio mi número|numero
        ~ no quiero .. mensajes|textos|recordatorios
        """

    static let portuguese = """
        pt
        stop: parar, pare, parem, sair, descadastrar, cancelar inscrição, remover, chega, cancelar mensagens, não \
        quero mais
        start: iniciar, começar, ativar, voltar, reativar, inscrever
        help: ajuda, informação
        filler: por favor já ja obrigado obrigada olá ola oi bom boa dia me o a os as de da do das dos meu minha \
        número numero celular telefone mais que esse esses essa essas isso isto eu vocês voces você voce tanto \
        tantas nada nunca gente
        request: pode podem poderia poderiam quero queria gostaria favor preciso
        not: não nao nunca jamais nem
        doubt: se até ate mas porém exceto só so antes depois hoje amanhã amanha noite tarde manhã trabalho \
        enquanto quando como lembrete lembretes consulta consultas remédio remedio remédios receita exame \
        resultados ligue ligar email pesquisa fumar tomar fatura
        void: lista de espera, não|nao par* de mandar|enviar|tomar, nunca .. parar
        + não|nao ?quero|desejo ?me ?mais ?receber|que ?me mandem|mande|enviem|envie|escrevam|escreva|receber|\
        contatem|perturbem|incomodem|mensagens ?mais|me|essas|suas|sms|nada ?mais mensagens|mensagem|sms|mais|\
        textos|nada|contato|$
        + não|nao me mandem|mande|enviem|envie|escrevam|escreva|contatem|perturbem|incomodem|incomode ?mais|nada \
        ?mais $
        + não|nao quero|desejo ?mais receber ?mais|suas|essas|esses|estas mensagens|sms|textos|notificações|mensagem
        + parem|pare|para|parar de ?me mandar|enviar|escrever|incomodar|perturbar|encher ?me|mais|essas|tantas \
        ?mensagens|sms|textos|mensagem|isso|o ?saco $
        + parem|pare com ?as|essas|esses mensagens|sms|textos
        + chega de mensagens|sms|mensagem
        + sem mais mensagens
        + nada ?de mais mensagens
        + tirem|tire|remova|removam|retirem|retire|apaguem|apague|exclua|excluam ?o meu número|numero|nome|telefone
        + tirem|tire|remova|removam|retirem|retire|exclua|excluam me da|dessa|desta|de ?sua lista|listas|sistema
        + cancelar|cancelem|cancele ?minha|a|as|o inscrição|inscricao|mensagens|sms|assinatura|envio
        + me tirem|tire|remova|removam|retirem|retire da|dessa|desta|de ?sua lista|sistema
        + me deixem|deixe em paz
        + me descadastrem|descadastre
        + quero sair|cancelar ?da|desta|dessa|as|a lista|mensagens|inscrição
        + descadastrar|descadastrem|descadastre|descadastra ?o ?meu ?número
        + ^ chega|parem $
        ~ número|numero errado
        ~ não|nao mandem|mande|enviem|escrevam
        ~ muitas|demais mensagens
        ~ parar|pare|parem|para de .. mandar|enviar|ligar
        ~ não|nao quero .. mensagens|lembretes
        ~ chega de lembretes|pesquisas
        """

    static let french = """
        fr
        stop: stop, arrêt, arret, arrêter, arrêtez, arrete, arretez, désabonner, désabonnement, désinscrire, \
        désinscription, se désabonner, me désinscrire, ça suffit, plus de messages, plus de sms
        start: démarrer, commencer, reprendre, réabonner, s'abonner, recommencer, inscrire
        help: aide, info
        filler: svp stp s'il s il vous te plaît plait merci bonjour bonsoir salut de d des du les le la l ces ce \
        cette ça ca tous toutes mon ma mes numéro numero téléphone portable je j me m à a moi maintenant tout \
        suite encore vos votre et plus jamais
        request: pouvez pourriez peux veuillez voudrais souhaite merci aimerais veux prie demande
        not: ne n pas jamais
        doubt: si jusqu mais sauf seulement avant après aujourd demain ce soir pendant quand comment pourquoi qui \
        rappel rappels rendez rdv médicament médicaments traitement ordonnance résultats appelez appeler mail \
        email courriel sondage facture fumer prendre week
        void: liste d attente, n arrêtez|arrete|arrêter|arretez pas, ne pas arrêter|arreter
        + arrêtez|arrete|arrête|arretez|arrêter|cessez|stoppez|cesser ?de|d|les|ces|vos|tous ?de|m|me|vos|ces|ces \
        ?m envoyer|écrire|ecrire|contacter|texter|harceler|déranger|embêter|messages|sms|textos|spammer|envois \
        ?des|de|ces|tous|vos|plus|par ?des|ces|vos ?messages|sms|textos|texto|$
        + ne n'|me|m|plus|pas ?m|me ?écrivez|envoyez|contactez|envoyer|textez|contacter ?plus|pas ?jamais|de|des|\
        par ?de|aucun ?messages|sms|textos|message|texto|moi|$
        + ne m envoyez|écrivez|ecrivez|envoie plus ?jamais ?de|d|aucun|rien ?autres ?messages|sms|textos|message
        + ne me contactez|textez|dérangez|écrivez|harcelez plus
        + n envoyez plus ?de|rien ?messages|sms|textos|message
        + n écrivez plus
        + plus de ?vos messages|sms|textos|texto|message
        + plus aucun message|sms|texto
        + je ne veux|souhaite|désire plus ?de|recevoir|vos ?de|vos|ces messages|sms|textos|notifications
        + je|j ne|n veux|souhaite pas recevoir|de|vos ?de|vos|ces ?messages|sms|textos
        + je ne veux|souhaite|désire plus|pas être contacté|contactée|dérangé|dérangée
        + je|j veux|voudrais|souhaite me|être désabonner|désinscrire|désabonné|désinscrit|désabonnée
        + désabonnez|désinscrivez|desabonnez|desinscrivez moi|mon|nous
        + retirez|enlevez|supprimez|effacez|rayez|ôtez ?moi ?de|des ?la|votre|vos|cette|mon liste|listes|fichier|\
        fichiers|base|numéro|numero|messages
        + foutez|fichez|laissez|laisse ?moi|nous ?la tranquille|paix
        + annuler|annulez l|mon|les|ces abonnement|messages|sms
        + ^ stop|arrêtez|assez $
        + je retire|révoque mon consentement
        ~ mauvais numéro|numero
        ~ faux numéro|numero
        ~ trop de messages|sms|textos|rappels
        ~ arrêtez|arrêter|arretez .. messages|sms|envoyer|appeler|rappels
        ~ plus de rappels|sondages|publicité|appels
        ~ ne m envoyez
        ~ comment .. désabonner|désinscrire|arrêter
        """

    static let creole = """
        ht
        stop: sispann, rete, kanpe, dezabòne, dezabone, ase, sispann voye mesaj, pa voye mesaj ankò, pa ekri m ankò
        start: kòmanse, komanse, rekòmanse, rekomanse, abòne
        help: èd, ed
        filler: tanpri souple mèsi mesi bonjou bonswa m mwen ban pou nou sa yo a nan nimewo telefòn telefon ankò \
        anko mwen-an ak ki
        request: èske eske ka vle ta renmen
        not: pa janm
        doubt: si jiskaske men sèlman anvan apre jodi demen lè kòman poukisa randevou rapèl medikaman grangou rele \
        preskripsyon rezilta
        void: lis datant, pa|janm sispann pran|medikaman|bay
        + sispann|rete|kanpe ?voye|ekri|tekste|anmède|anmede|deranje|kontakte ?m|mwen|ban ?m|mwen mesaj|tèks|sms|\
        tekste|ekri|voye|kontakte|anmède|anmede|deranje ?m|mwen ?mesaj ?sa
        + pa voye|ekri|tekste|kontakte|anmède|deranje|rele ?m|mwen|ban ?mwen|m|okenn|mesaj|lòt ?mesaj|tèks|ankò|\
        anko ?mesaj|ankò|anko ankò|anko|m|mwen|mesaj
        + mwen|m pa vle ?resevwa|w|nou ?ankò|ekri|voye|okenn ?m|mwen|lòt mesaj|tèks|sms|ekri|ankò|anko ?ankò|anko ?sa
        + retire|efase|wete ?m|mwen ?nan|sou ?lis nimewo|lis ?m|mwen|la|a
        + kite m|mwen trankil|anrepo|an ?repo
        ~ move nimewo
        ~ twòp|twop mesaj
        ~ pa voye
        ~ sispann voye|rele
        """

    static let german = """
        de
        stop: stop, stopp, abmelden, abbestellen, aufhören, beenden, ende, austragen, schluss, keine sms mehr, \
        keine nachrichten mehr, genug
        start: start, starten, anmelden, fortsetzen, beginnen, wieder anmelden
        help: hilfe, info
        filler: bitte danke hallo guten tag sie mir mich uns ich die der das den dem diese dieser dieses diesen \
        alle mehr von ihnen eure euren ihre ihren sofort jetzt endlich und an meine nummer keine mal doch nie \
        wieder auf mit zu
        request: können könnten könnt kannst möchte will bitte würden wünsche
        not: nicht nie kein niemals
        doubt: wenn bis aber außer nur bevor nach heute morgen abend während arbeit wann wie warum wer erinnerung \
        erinnerungen termin termine medikament medikamente rezept ergebnisse anrufen rufen mail email umfrage \
        rechnung rauchen nehmen mutter mann frau
        void: warteliste, nicht aufhören
        + keine|keinerlei ?weiteren|weitere|sms|nachrichten|solche ?sms|nachrichten|textnachrichten ?mehr|schicken|\
        senden mehr|sms|nachrichten|schicken|senden|textnachrichten|erhalten|bekommen ?schicken|senden|erhalten|\
        bekommen
        + schreiben|schreibt|schreib|kontaktieren|belästigen|belästigt|texten|kontaktiert ?sie|ihr ?mir|mich \
        ?bitte nicht|nie|keine ?mehr|wieder ?nachrichten|sms ?mehr
        + schicken|schickt|senden|sendet|schick|sende ?sie|ihr ?mir|uns ?bitte ?endlich keine|nichts ?weiteren|\
        mehr|solche|diese ?sms|nachrichten|mehr ?mehr
        + hören|hört|hör ?sie auf ?damit|mir|mich|zu ?sms|nachrichten|ständig ?zu ?schreiben|schicken|senden|\
        belästigen|nerven
        + aufhören mir|mit|mich .. schreiben|sms|nachrichten|schicken|belästigen
        + ich will|möchte|wünsche keine|nicht ?weiteren|weitere|mehr|solche sms|nachrichten|textnachrichten|\
        kontaktiert|angeschrieben ?mehr ?werden|erhalten|bekommen|haben
        + tragen|nehmen|streichen|löschen|entfernen|löscht|streicht|nehmt|entfernt ?sie|ihr ?bitte mich|meine|uns|\
        diese ?nummer ?bitte ?aus|von|ab|vom ?der|ihrer|dieser|eurer|dem|ihrem nummer|liste|verteiler|system|datenbank
        + melden|meldet|tragen ?sie|ihr ?bitte mich ?bitte ab|aus
        + löschen|löscht|entfernen|streichen ?sie|ihr ?bitte meine|diese nummer|handynummer
        + lassen|lasst|lass ?sie|ihr mich|uns ?bitte ?endlich in ruhe
        + stoppen|stoppt|stopp ?sie ?bitte ?diese|die|alle|den sms|nachrichten|spam
        + abmelden|abbestellen|austragen ?bitte $
        + sms|nachrichten abbestellen|stoppen|abmelden|einstellen
        + ich widerrufe ?meine ?einwilligung
        + ^ stopp|stop|schluss $
        ~ falsche nummer
        ~ zu viele sms|nachrichten|erinnerungen
        ~ keine erinnerungen|umfragen|anrufe|werbung ?mehr
        ~ schicken|senden sie mir .. keine|nicht
        ~ wie .. abmelden|abbestellen
        ~ nicht mehr schreiben|schicken
        """
}
