extension MessageGrammar {
    static var english: String {
        """
        hi: Hi|Hello|Hey|Good morning|Good afternoon|Hi there|Hi, this is {name}|Hello, {name} here
        open: {hi},|{hi}.|{hi}!|{hi}
        please: please|pls|if possible|if you can|thanks|thank you
        day: Monday|Tuesday|Wednesday|Thursday|Friday|tomorrow|next week|next Monday|the 14th|the 22nd
        date: Monday|Tuesday|Wednesday|Thursday|Friday|Monday the 14th|Tuesday the 22nd
        time: 8:30|9|9:15|10|10:45|1|1:30|2|2:45|3:30|4
        span: in the morning|in the afternoon|after 3|before 10|any time|late in the day|around lunch
        visit: appointment|appt|visit|checkup|physical|follow up|consult|knee consult|blood work|annual exam
        reason: I have to work|my ride fell through|my son is sick|I will be out of town|something came up|I have a \
        class|the bus strike|a family emergency|my car is in the shop
        medicine: lisinopril|metformin|blood pressure pills|inhaler|insulin|thyroid medicine|atorvastatin|allergy \
        medicine|sertraline|birth control
        symptom: a cough that won't go away|back pain|a rash on my arm|trouble sleeping|headaches|knee pain|an ear \
        ache|a sore throat|stomach pain|dizzy spells
        who: me|my son|my daughter|my mom|my husband|my wife|myself
        payer: Harbor Mutual|Bluestem|Cascade Care|Lakeshore|State Medical Assistance|my wife's plan|a new plan from \
        work
        amount: $35|$48.20|$112|$160.75|$20|$240
        reschedule: {open} I need to move my {visit} on {day}, {reason}|{open} can I reschedule my {visit}? {day} \
        {span} would be better|need to change my {visit} from {day}. {reason}|{open} can't make it {day}. Do you \
        have anything {day} {span}?|Can we push my {visit} to {day} {span} {please}|{open} {reason} so I can't come \
        {day} at {time}. Another time {please}?
        refill: {open} I need a refill of my {medicine} {please}|I'm almost out of {medicine}, can you send it to \
        the pharmacy {please}|{open} the pharmacy says my {medicine} needs approval|refill {medicine} \
        {please}|{open} I have 3 days of {medicine} left. Can the doctor renew it?|{open} can I get 90 days of \
        {medicine} this time?
        newVisit: {open} could I book a time for {who}, {day} {span}|{open} I have {symptom} and want to be seen \
        {please}|Do you have an opening {day} {span}? I have {symptom}|{open} are you taking new patients? It's for \
        {who}|{open} we are due for a {visit}, it is for {who}. What do you have {day}?|can somebody see {who} \
        {day}? {symptom} since Sunday
        insuranceChange: {open} my insurance changed to {payer}. Do you take it?|{open} I have {payer} now, what do \
        you need from me?|new insurance card ({payer}), can I send a picture?|{open} I lost my coverage last month \
        and now have {payer}|is {payer} accepted for my {visit} {day}?
        billQuestion: {open} I got a bill for {amount} and I thought insurance paid that|why do I owe \
        {amount}?|{open} can I pay {amount} in two parts?|{open} I was charged {amount} for the {visit} I \
        cancelled|question about my bill of {amount}, who can I talk to?|{open} I already paid the {amount}, it \
        still shows as due
        directions: {open} where do I park for my {visit} {day}?|what is the address again {please}|{open} which bus \
        goes to the clinic?|{open} which floor are you on?|is there a ramp? my mom uses a wheelchair|{open} do I \
        come in by the front or the side entrance?
        thanks: Thank you!|Thanks so much|{open} thank you for the quick help|great, see you {day}|perfect, \
        thanks|Ok thank you, have a good day|thank you for fitting {who} in
        runningLate: running 10 min late, sorry|{open} I'm stuck in traffic, will be there by {time}|I'll be 15 \
        minutes late for my {visit}, is that ok?|{open} bus is late, still coming|can't find parking, there in 5
        stop: STOP|Stop|stop|STOP please|Unsubscribe
        sorry: No problem|Of course|Happy to help|Sure|Thanks for letting us know
        sign: |Let us know if that works.|Reply here with any questions.|Take care.|We are here until 5.
        reply.reschedule: {sorry}, {name}. We have {date} at {time} or {date} at {time}. Which is better? \
        {sign}|{sorry}. Would {date} at {time} work for your visit? {sign}|{name}, we moved your visit to {date} at \
        {time}. {sign}
        reply.refill: {sorry}, {name}. We sent the request to your care team; it takes up to two working days. \
        {sign}|The refill is at your pharmacy, {name}. {sign}|{sorry}. The doctor would like to see you before the \
        next refill. Is {date} at {time} all right?
        reply.newVisit: {sorry}, {name}. The first opening is {date} at {time}. {sign}|We can see you {date} at \
        {time}. Is this for you or somebody else? {sign}|{sorry}. Do you prefer a morning or an afternoon?
        reply.insuranceChange: {sorry}, {name}. Please send a picture of both sides of the card. {sign}|Yes, we take \
        it. Please tell us the member number and the start date. {sign}|{sorry}. We will check it with the payer and \
        write back by {date}.
        reply.billQuestion: {sorry}, {name}. Billing will call you {date} {span}. {sign}|That is your share after \
        insurance. We can split it in two payments. {sign}|{sorry}. We will look into it and write back by {date}.
        reply.directions: Parking is free behind the building, {name}. Use the main entrance. {sign}|We are on the \
        second floor; the elevator is by the front door. {sign}|Buses 4 and 19 stop at the door. {sign}
        reply.thanks: You're welcome, {name}!|Any time. See you soon.|You're welcome. Take care.
        reply.runningLate: Thanks for telling us, {name}. We will hold your place. {sign}|That is fine, drive \
        safely.|We may have to move you to {time}, is that all right?
        reply.stop: You will get no more messages.
        """
    }

    static var spanish: String {
        """
        hi: Hola|Buenos días|Buenas tardes|Buenas|Hola, soy {name}|Disculpe|Hola, buen día
        open: {hi},|{hi}.|{hi}!|{hi}
        please: por favor|porfa|si se puede|gracias|se lo agradezco
        day: el lunes|el martes|el miércoles|el jueves|el viernes|mañana|la próxima semana|el día 14|el día 22
        date: el lunes|el martes|el miércoles|el jueves|el viernes|el lunes 14|el martes 22
        time: 8:30|9|9:15|10|10:45|11:30|2|2:45|3:30|4
        span: por la mañana|por la tarde|después de las 3|antes de las 10|a cualquier hora|al mediodía
        visit: cita|consulta|cita de la rodilla|chequeo|análisis de sangre|examen anual|cita de seguimiento
        reason: tengo que trabajar|no tengo quien me lleve|mi hijo está enfermo|voy a estar fuera|me salió un \
        imprevisto|tengo una emergencia familiar|se me descompuso el carro
        medicine: lisinopril|metformina|pastillas de la presión|inhalador|insulina|medicina de la \
        tiroides|atorvastatina|medicina para la alergia
        symptom: una tos que no se me quita|dolor de espalda|una roncha en el brazo|problemas para dormir|dolor de \
        cabeza|dolor de rodilla|dolor de oído|dolor de garganta|mareos
        who: mí|mi hijo|mi hija|mi mamá|mi esposo|mi esposa|mi papá
        payer: Harbor Mutual|Bluestem|Cascade Care|Lakeshore|State Medical Assistance|el plan de mi esposa|un plan \
        nuevo del trabajo
        amount: $35|$48.20|$112|$160.75|$20|$240
        reschedule: {open} necesito cambiar mi {visit} de {day}, {reason}|{open} ¿puedo cambiar mi {visit}? Me queda \
        mejor {day} {span}|no puedo ir {day}, {reason}. ¿Tienen otro día?|{open} {reason} y no llego {day} a las \
        {time}. ¿Hay algo {day} {span}?|¿se puede mover mi {visit} para {day} {span}? {please}
        refill: {open} necesito más {medicine} {please}|ya casi se me acaba mi {medicine}, ¿la pueden mandar a la \
        farmacia? {please}|{open} la farmacia dice que falta la autorización de {medicine}|{open} me quedan 3 días \
        de {medicine}, ¿el doctor la puede renovar?
        newVisit: {open} quiero una {visit} para {who}, {day} {span}|{open} tengo {symptom} y quisiera que me vean \
        {please}|¿tienen espacio {day} {span}? Tengo {symptom}|{open} ¿aceptan pacientes nuevos? Es para \
        {who}|{open} ya le toca {visit} a {who}, ¿qué tienen {day}?
        insuranceChange: {open} me cambiaron el seguro a {payer}. ¿Lo aceptan?|{open} ahora tengo {payer}, ¿qué \
        necesitan?|tengo tarjeta nueva del seguro ({payer}), ¿mando una foto?|{open} perdí mi seguro el mes pasado y \
        ahora tengo {payer}
        billQuestion: {open} me llegó una cuenta de {amount} y pensé que el seguro la pagaba|¿por qué debo \
        {amount}?|{open} ¿puedo pagar los {amount} en dos partes?|{open} me cobraron {amount} por una cita que \
        cancelé|{open} ya pagué los {amount} y todavía sale que debo
        directions: {open} ¿dónde me estaciono para mi {visit} {day}?|¿me da la dirección otra vez? {please}|{open} \
        ¿qué autobús llega a la clínica?|{open} ¿en qué piso están?|¿hay rampa? mi mamá usa silla de ruedas
        thanks: ¡Gracias!|Muchas gracias|{open} gracias por la ayuda|perfecto, nos vemos {day}|Ok gracias, que tenga \
        buen día|muy amable, gracias
        runningLate: voy 10 minutos tarde, perdón|{open} estoy en el tráfico, llego a las {time}|llego 15 minutos \
        tarde a mi {visit}, ¿está bien?|{open} el autobús viene tarde pero ya voy|no encuentro estacionamiento, \
        llego en 5
        stop: STOP|ALTO|Stop|PARAR|alto
        sorry: Claro que sí|Con mucho gusto|No hay problema|Gracias por avisar|Por supuesto
        sign: |Avísenos si le queda bien.|Escríbanos aquí si tiene preguntas.|Que esté bien.|Estamos hasta las 5.
        reply.reschedule: {sorry}, {name}. Tenemos {date} a las {time} o {date} a las {time}. ¿Cuál prefiere? \
        {sign}|{sorry}. ¿Le queda bien {date} a las {time} para su cita? {sign}|{name}, cambiamos su cita para \
        {date} a las {time}. {sign}
        reply.refill: {sorry}, {name}. Pasamos la solicitud a su equipo; tarda hasta dos días hábiles. {sign}|Su \
        medicina ya está en la farmacia, {name}. {sign}|{sorry}. El doctor quiere verle antes de renovarla. ¿Puede \
        {date} a las {time}?
        reply.newVisit: {sorry}, {name}. Lo primero que tenemos es {date} a las {time}. {sign}|Podemos verle {date} \
        a las {time}. ¿Es para usted o para otra persona? {sign}|{sorry}. ¿Prefiere por la mañana o por la tarde?
        reply.insuranceChange: {sorry}, {name}. Mande una foto de los dos lados de la tarjeta, por favor. {sign}|Sí \
        lo aceptamos. Díganos el número de miembro y desde cuándo. {sign}|{sorry}. Lo revisamos con el seguro y le \
        escribimos {date}.
        reply.billQuestion: {sorry}, {name}. Le llaman de facturación {date} {span}. {sign}|Es su parte después del \
        seguro. Podemos dividirla en dos pagos. {sign}|{sorry}. Lo revisamos y le escribimos {date}.
        reply.directions: Hay estacionamiento gratis atrás del edificio, {name}. Entre por la puerta principal. \
        {sign}|Estamos en el segundo piso; el elevador está junto a la entrada. {sign}|Los autobuses 4 y 19 paran en \
        la puerta. {sign}
        reply.thanks: ¡De nada, {name}!|Cuando guste. Nos vemos pronto.|De nada. Que esté bien.
        reply.runningLate: Gracias por avisar, {name}. Le guardamos su lugar. {sign}|Está bien, maneje con \
        cuidado.|Tal vez tengamos que pasarle a las {time}, ¿está bien?
        reply.stop: Ya no recibirá mensajes.
        """
    }
}
