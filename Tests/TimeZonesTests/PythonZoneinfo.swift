// Generated. What Python's `zoneinfo` says about the shipped release, as one hash per zone, made by this script with
// the folder as its argument; replace the text below by its output when the release changes.
//
//     import os, sys, zoneinfo
//     from datetime import datetime, timedelta, timezone
//     folder = sys.argv[1]
//     zoneinfo.reset_tzpath([os.path.abspath(folder)])
//     M = (1 << 64) - 1
//     def judge(name):
//         zone = zoneinfo.ZoneInfo(name)
//         seed = 14695981039346656037
//         for byte in name.encode(): seed = (seed ^ byte) * 1099511628211 & M
//         state, hash = seed, seed
//         def fold(value):
//             nonlocal hash
//             hash = (hash ^ value & M) * 1099511628211 & M
//         for _ in range(400):
//             state = (state * 6364136223846793005 + 1442695040888963407) & M
//             second = (state >> 16) % 9467107200 - 2208988800
//             local = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=second)
//             local = local.astimezone(zone)
//             fold(int(local.utcoffset().total_seconds()))
//             for byte in local.tzname().encode(): fold(byte)
//         for year in (2000 + seed % 38, 2038 + seed % 62):
//             for minute in range(0, 365 * 1440, 55):
//                 local = datetime(year, 1, 1, tzinfo=zone) + timedelta(minutes=minute)
//                 fold(int(local.utcoffset().total_seconds()))
//                 fold(int(local.replace(fold=1).utcoffset().total_seconds()))
//         return hash
//     names = [z[2:].split()[0] if z[0] == "Z" else z.split()[2] for z in open(folder + "/tzdata.zi") if z[0] in "ZL"]
//     words = [f"{name} {judge(name):016x}" for name in sorted(names)]
//     for i in range(0, len(words), 2): print("        " + " ".join(words[i:i + 2]))

enum PythonZoneinfo {
    static let version = "2026f"
    static let hashes = """
        Africa/Abidjan 3702b3598737b91e Africa/Accra 96fbbd740b885e09
        Africa/Addis_Ababa baab306950925aea Africa/Algiers 05fb17d749ffbec8
        Africa/Asmara 4410c505ee6cb38a Africa/Asmera c18dfe6026f4f996
        Africa/Bamako 707ddbe7b52e75a5 Africa/Bangui 86e470cd0e1eb274
        Africa/Banjul 253fc685bc1ff559 Africa/Bissau 8e204f08a19437e9
        Africa/Blantyre 86284049d2727a53 Africa/Brazzaville e72fd20ae92cc826
        Africa/Bujumbura 2e4b1c51d3d3d4b4 Africa/Cairo 884d5856bf5d46a2
        Africa/Casablanca ac98cfe08817416a Africa/Ceuta 11819f4ff6751876
        Africa/Conakry d84427c4274b6020 Africa/Dakar 21fff4aeec29e23f
        Africa/Dar_es_Salaam 74b46882be55e8d5 Africa/Djibouti d3c2599be473e2be
        Africa/Douala c0cacd1789b48356 Africa/El_Aaiun abf99760e4870a13
        Africa/Freetown 23834c6ab30fe78e Africa/Gaborone 72395d49023a994e
        Africa/Harare 5bf7435be2e7ab84 Africa/Johannesburg f47610c85f46c6fa
        Africa/Juba 29e82cfa5afd18e0 Africa/Kampala 30bc48c98a603936
        Africa/Khartoum f219a298ce9e1006 Africa/Kigali 17fd79ad979b040b
        Africa/Kinshasa 119148de0885aaec Africa/Lagos d635240afeee28d6
        Africa/Libreville b28c322eb8ae2c80 Africa/Lome adbc155184d8391b
        Africa/Luanda c0f452181d735bf9 Africa/Lubumbashi 85f858c0fc22f6e6
        Africa/Lusaka 7e95efe7a9a09b64 Africa/Malabo 69bcd7b9428e3bb0
        Africa/Maputo c5cc959059d8cfbb Africa/Maseru c798e8416062cbd7
        Africa/Mbabane 6b979cdc8e680296 Africa/Mogadishu 06da18245a8e77d4
        Africa/Monrovia 6b6cd7326c9b59a7 Africa/Nairobi 6e4b7b1876c95c4b
        Africa/Ndjamena ffee44e25558b0d9 Africa/Niamey 5e46ca56c674ae53
        Africa/Nouakchott 39d0ac5920c28797 Africa/Ouagadougou b2b425981fce4baa
        Africa/Porto-Novo 0f53d658c9ff112d Africa/Sao_Tome d25045d1df8c7cad
        Africa/Timbuktu 1719fec30ef579b3 Africa/Tripoli f17f073344484160
        Africa/Tunis 943ea5997172d084 Africa/Windhoek 12b2658cd20559f7
        America/Adak 0c2e5c558f0cbe18 America/Anchorage e4ac3146584f335a
        America/Anguilla e250a4d6592df189 America/Antigua 77a77ea7ad3f3df7
        America/Araguaina da753954103e155d America/Argentina/Buenos_Aires 9c34333fc2d52e01
        America/Argentina/Catamarca 03c3d0e17ce16a99 America/Argentina/ComodRivadavia a3f312dfc698af3f
        America/Argentina/Cordoba fe40501c5098f57d America/Argentina/Jujuy 8bf1909bc284dbe3
        America/Argentina/La_Rioja fc59b1d6aeb87a2a America/Argentina/Mendoza 527a55bd40ffe1cd
        America/Argentina/Rio_Gallegos d057994bc448f516 America/Argentina/Salta 08fe0f9868ce7892
        America/Argentina/San_Juan 1c067ee129f0a528 America/Argentina/San_Luis c7efbf4ddd43ea23
        America/Argentina/Tucuman e6d4cdb7d80bd3c5 America/Argentina/Ushuaia 4d3d8eb2332733ea
        America/Aruba f266449450d7a46f America/Asuncion 1bbe4b35548a56e3
        America/Atikokan d9b468d624744188 America/Atka 55c7a1d091b04162
        America/Bahia ea4e908dc209f58a America/Bahia_Banderas 9c992305eb2519cc
        America/Barbados 41807140c9c76404 America/Belem 2d668f832d17ca31
        America/Belize 8de2b838036b2696 America/Blanc-Sablon b39418a05d9e4b76
        America/Boa_Vista 32d8378791e75001 America/Bogota 6f719398868e16b2
        America/Boise 9a4754439e20323e America/Buenos_Aires c9dd23686fb84fc7
        America/Cambridge_Bay dee647320d630381 America/Campo_Grande 6265ac8fdd439659
        America/Cancun c8b099e1777f035f America/Caracas 66175505c7de5f81
        America/Catamarca 80eb058e8b41076d America/Cayenne c0a995ee482f7d16
        America/Cayman 1914b67724a02c7d America/Chicago 6277a1bec37f4db8
        America/Chihuahua ff65c4d994372c91 America/Ciudad_Juarez 4d24d233703b2702
        America/Coral_Harbour 96656c07021fdb01 America/Cordoba a89e57860354e4c9
        America/Costa_Rica e7e81310df02a840 America/Coyhaique 30e0dddb269b8686
        America/Creston 4428bc06d4e39f9d America/Cuiaba ddae4b92dd921bac
        America/Curacao 0e1335def9ac144d America/Danmarkshavn a3ed4e7a985ff109
        America/Dawson bea2ec04b8ddf4b8 America/Dawson_Creek 9c3aa2a465a7f89c
        America/Denver 1fd1ae1824c73693 America/Detroit 461a6686fe6154c2
        America/Dominica 32a1acf7a1ea9602 America/Edmonton 17671cdd56a2460a
        America/Eirunepe f2ac0baf956c75de America/El_Salvador ba174d20c67eefff
        America/Ensenada 01d4244937e8c09a America/Fort_Nelson b0705b2910863f78
        America/Fort_Wayne b1328ff8f877a2b1 America/Fortaleza 5dad8ad8ef08cffd
        America/Glace_Bay a0f4839fead63c2b America/Godthab 6dbbdb67ecbf274c
        America/Goose_Bay b5b26a2aeae65bb4 America/Grand_Turk c29752c4ebfd7af2
        America/Grenada 5b33cf806c48cc66 America/Guadeloupe 74024d747d632d7f
        America/Guatemala c12a2f905cbcfaee America/Guayaquil 863b300ba930d676
        America/Guyana 1ce5e85725aaabb5 America/Halifax 72c6680318f6cd8d
        America/Havana a4d11f5417ae0460 America/Hermosillo cccf600be47d0a0b
        America/Indiana/Indianapolis 15357c94a2149e2d America/Indiana/Knox 268228e440ea538b
        America/Indiana/Marengo 038ad0a6c28d476c America/Indiana/Petersburg f49887f2e6f1a066
        America/Indiana/Tell_City cc31fd757ad7f751 America/Indiana/Vevay 52c9d690101eb6b4
        America/Indiana/Vincennes 452c4d6a76412326 America/Indiana/Winamac e3f8d4c7381eca81
        America/Indianapolis 88a86343e17166c0 America/Inuvik c1896dc11970085b
        America/Iqaluit 5388abf0e57a9469 America/Jamaica 865ed37731794819
        America/Jujuy 088d53e881a6a82c America/Juneau 0a3a4574b8ef59e5
        America/Kentucky/Louisville 30a680428481a5fd America/Kentucky/Monticello ced05143eee8ba5d
        America/Knox_IN b062d4eaaab053da America/Kralendijk a62cad471442ab03
        America/La_Paz 28c130721243584f America/Lima f7d47e02c305a7d4
        America/Los_Angeles 6623c9663c981feb America/Louisville edccf426eb3fb86b
        America/Lower_Princes 8f9dedf1b2d95380 America/Maceio 2d60462a68b0af72
        America/Managua 9663e9acf14c5d6f America/Manaus a19739290872ddb6
        America/Marigot 61f67f08cfd4d91c America/Martinique 678ad8dff65fe948
        America/Matamoros 44276e2af4a3b478 America/Mazatlan 8784bc677182a2dd
        America/Mendoza 0bc82d8af8aede48 America/Menominee 0104051db23a2f32
        America/Merida cb83613652cdceef America/Metlakatla 27022f2292687f5b
        America/Mexico_City 797bce8b7fe6c0d2 America/Miquelon 2b45a8f089a758f0
        America/Moncton 270283746ffabeb7 America/Monterrey 45fe9211a4412ad9
        America/Montevideo b9da4bc2693c51a6 America/Montreal ab3177d7b2061065
        America/Montserrat 2b5bb0479b71bbcb America/Nassau cf3cf3063f2f6ad9
        America/New_York 1cc36e4bb3c47dec America/Nipigon 9002df5cbd9ee541
        America/Nome a83bf80093d51210 America/Noronha 49f51012cdba3015
        America/North_Dakota/Beulah 5aef3ab1153edc45 America/North_Dakota/Center c89a5d230355cd21
        America/North_Dakota/New_Salem 9c841990fb2e2974 America/Nuuk 39addd9853cdeb6e
        America/Ojinaga 09bdb20725094e7b America/Panama f94d6bca13285b40
        America/Pangnirtung 8da26564f39790c9 America/Paramaribo 52c0e01406e9bd92
        America/Phoenix 67d652d809f2bd04 America/Port-au-Prince fd31da79ba529a5b
        America/Port_of_Spain 0e439f3069a64af3 America/Porto_Acre a0e5acdfd687b074
        America/Porto_Velho f350de1915289feb America/Puerto_Rico 4dd8b825feb94975
        America/Punta_Arenas 7e2230a9a0fe93a4 America/Rainy_River 0144824180d789ed
        America/Rankin_Inlet 6a8dd8a5e4a97117 America/Recife 9ac11f6efe0467f7
        America/Regina abe02799047ae4bf America/Resolute e86f79fc29e88ccd
        America/Rio_Branco 2f1273f0af41ce9c America/Rosario 3ee4bd205d9745b0
        America/Santa_Isabel cfb1cf0517ebb285 America/Santarem 49fe9960cfe4aa47
        America/Santiago 8b34b1454879925c America/Santo_Domingo e7cd5f8a571ae929
        America/Sao_Paulo f6d1393a0a32a369 America/Scoresbysund 6c99de6d3be410cd
        America/Shiprock c6f3240bc232c23b America/Sitka 5d477284ba73d000
        America/St_Barthelemy 2a30a794f888047d America/St_Johns fa2d5026351b36d4
        America/St_Kitts 639ac1edac31facd America/St_Lucia 1070aec8169816ea
        America/St_Thomas ffffda772c4a8450 America/St_Vincent 7b76eca02a0c7037
        America/Swift_Current 4d3e8110de187987 America/Tegucigalpa 5e597939ec055af1
        America/Thule bb80f30300cf3bcd America/Thunder_Bay d1b3ba1a1d98a832
        America/Tijuana b5ce1623e6319663 America/Toronto 85d459b27bb6ef91
        America/Tortola f038760b709669c4 America/Vancouver a645fdec0ae833bf
        America/Virgin 7210d33f092bbb25 America/Whitehorse a17a8df9b51dc882
        America/Winnipeg b2587e401aa5909c America/Yakutat 8c9bcdd093c5a8f1
        America/Yellowknife 833bda9df2dd3f5a Antarctica/Casey df776642d89db8a5
        Antarctica/Davis 09688d9b93eefad8 Antarctica/DumontDUrville aee8f8bdf27abc22
        Antarctica/Macquarie f49836e444bfdaea Antarctica/Mawson fed25e40050efc03
        Antarctica/McMurdo b64fa7e69a828e2b Antarctica/Palmer bbcb1325a7fb99f0
        Antarctica/Rothera c653c4d51fa5aa75 Antarctica/South_Pole 034bfbc48e10b05b
        Antarctica/Syowa e3527802a68f7812 Antarctica/Troll 0f4a8e72c32e2317
        Antarctica/Vostok 6fd61745ac1233a4 Arctic/Longyearbyen 31fa3b1784f77655
        Asia/Aden 566b58e7773b09ab Asia/Almaty 234579d115f09ea5
        Asia/Amman 27e5a8f7c57c92f2 Asia/Anadyr 3fc0055f478372af
        Asia/Aqtau 5a1ade53b3915dbd Asia/Aqtobe 6f22cb7e59a738aa
        Asia/Ashgabat f2f7c21bb95314d3 Asia/Ashkhabad b50f26e2c1d8e8df
        Asia/Atyrau b7d1f97899e2e4a8 Asia/Baghdad 14aedbd8bdb7a892
        Asia/Bahrain 3584ce2090d9f93d Asia/Baku 3446727e43a487e2
        Asia/Bangkok e0ad059e4aeffad2 Asia/Barnaul b97e3935701aaaa3
        Asia/Beirut 83f35499f5ffe316 Asia/Bishkek fd676c12dc95aec1
        Asia/Brunei f141bbcb4be35554 Asia/Calcutta 776181e74fce50b3
        Asia/Chita 6d54aadfdca36747 Asia/Choibalsan 2d3ba7e08035da6d
        Asia/Chongqing c077be7951e0cc5d Asia/Chungking a638d82f8a3a6109
        Asia/Colombo 5437e82ca148375a Asia/Dacca 09383bf4bbae1dbd
        Asia/Damascus e77a9912bcecfc2c Asia/Dhaka 0fd61bc227f37c00
        Asia/Dili 14705ce8ba343f43 Asia/Dubai 6e4eff4720fd405d
        Asia/Dushanbe a54be6459b4e63f7 Asia/Famagusta 7217e46c2607e796
        Asia/Gaza 489b4066f4faab17 Asia/Harbin 9f5a312a4e14100b
        Asia/Hebron a94a924074d6599c Asia/Ho_Chi_Minh 89e7464d8579b726
        Asia/Hong_Kong fa2ae10bc6037e45 Asia/Hovd b997e7001131f18c
        Asia/Irkutsk c82580fd58cc29e7 Asia/Istanbul bdca5b907bbb9252
        Asia/Jakarta c4b36f65a007b777 Asia/Jayapura 637365755918a119
        Asia/Jerusalem 3100433b7681ca42 Asia/Kabul dfd7d31a460a0128
        Asia/Kamchatka cf89c153cb708048 Asia/Karachi f549661f918011d7
        Asia/Kashgar 2a43d138907725d5 Asia/Kathmandu f0065455a75b8997
        Asia/Katmandu 20944c7154970383 Asia/Khandyga d30d59c2857dca5e
        Asia/Kolkata 3a2c7ff601cf06e5 Asia/Krasnoyarsk 7972c97871856d49
        Asia/Kuala_Lumpur 43ae33908ba9a67f Asia/Kuching 8764f1821c144b55
        Asia/Kuwait 8d1200cd8fc7eb44 Asia/Macao 557bd0a250e565e4
        Asia/Macau 5dec4d2a9b5a2e66 Asia/Magadan 1044ae90711f81f3
        Asia/Makassar 3fdeb607861dad01 Asia/Manila 8a10b68f589a9fcf
        Asia/Muscat bedee19691637f29 Asia/Nicosia 352299dbc254e348
        Asia/Novokuznetsk 8106fb82e428cc86 Asia/Novosibirsk 724e565d6e0bd7c7
        Asia/Omsk 2eb13e10d014612a Asia/Oral d0f4266d56ba225d
        Asia/Phnom_Penh 431507815b2eee5d Asia/Pontianak 41c1e34ebd65e92f
        Asia/Pyongyang 3b6105045a6e6346 Asia/Qatar a3b5bffbe048e1d5
        Asia/Qostanay 1f6ea48374d8ad36 Asia/Qyzylorda 472dbd9be70b480d
        Asia/Rangoon 8c138ac51921632e Asia/Riyadh e0e10a41e1dca172
        Asia/Saigon e378b6775b360570 Asia/Sakhalin bdee09dd38d10d65
        Asia/Samarkand fc08b4ff0e8e64ea Asia/Seoul 25b33edb562df96c
        Asia/Shanghai 44215e92b588314d Asia/Singapore 5c9a928c0cca2bff
        Asia/Srednekolymsk 92c9f38eb913ee5b Asia/Taipei ca5ed73bd3344047
        Asia/Tashkent 181c4bb9dac67f29 Asia/Tbilisi 1b63f9d7f97387d4
        Asia/Tehran 2e0e216a37571c8f Asia/Tel_Aviv 8512f56e2f48e97d
        Asia/Thimbu 10ab888f52834811 Asia/Thimphu 7474759912559a31
        Asia/Tokyo e496834d0ec9514e Asia/Tomsk a1794327ad923559
        Asia/Ujung_Pandang e922404a2eecc1a7 Asia/Ulaanbaatar 8c1c80ad33d958d8
        Asia/Ulan_Bator 7d87d246e506a578 Asia/Urumqi 3e71ee9127b40c75
        Asia/Ust-Nera 3f0d9ce2f5a4c6ca Asia/Vientiane ee02de8eb7ca9626
        Asia/Vladivostok d848c1a6cf2521b7 Asia/Yakutsk 4ca22e07e5fb3da1
        Asia/Yangon da22647fcc78150a Asia/Yekaterinburg e29a76a0621d754f
        Asia/Yerevan 010559a2dfa72dca Atlantic/Azores 472bc9f431ed8a85
        Atlantic/Bermuda 2495e1cee00daef3 Atlantic/Canary 07983cbe63cc32d8
        Atlantic/Cape_Verde 70c3ab54cf0d30ac Atlantic/Faeroe 0e78998afa900885
        Atlantic/Faroe ebcd2e8f1554e888 Atlantic/Jan_Mayen 0c483876e85cb93a
        Atlantic/Madeira 6597c58884244313 Atlantic/Reykjavik 5cd69f4c69fca7cd
        Atlantic/South_Georgia 3fed81908d995830 Atlantic/St_Helena ed685a192a4b9b13
        Atlantic/Stanley 817df004cf0b3871 Australia/ACT 4e80aba56cbb26d8
        Australia/Adelaide 4c4756c433d33cbf Australia/Brisbane 9de1e7c529aa14a0
        Australia/Broken_Hill 63bf8cd54ae039a8 Australia/Canberra 7c54d58677d3de2c
        Australia/Currie cd14c041d7353d28 Australia/Darwin ff7b74e103417783
        Australia/Eucla fa800cecdaed75c5 Australia/Hobart 8621b27ba0411604
        Australia/LHI 5e049162c1d42034 Australia/Lindeman 6bfefe13a4e83147
        Australia/Lord_Howe 9e7bc87bc6d4b683 Australia/Melbourne 2a58a92332628465
        Australia/NSW 45c369b8d18ddfa0 Australia/North a60deeb2e80eec5c
        Australia/Perth 8af4451adb5e0bbe Australia/Queensland 8ab9651cd352e375
        Australia/South 7736be03508d9a7d Australia/Sydney 6b40ef1ae53bff8d
        Australia/Tasmania 5f3e9cf39c1e4f96 Australia/Victoria 7606c25ae405477d
        Australia/West 210b5e10c7e85f50 Australia/Yancowinna 7325c97424d5a123
        Brazil/Acre 388f8d3241d5f93f Brazil/DeNoronha 442f4305e723f01d
        Brazil/East da1975a3087241ee Brazil/West b71b064eb3e53217
        CET 574200287d53eec5 CST6CDT e1a3a00adedbeffd
        Canada/Atlantic 4915f790251b9b82 Canada/Central cda09850c16dcb5d
        Canada/Eastern 7fcfabbc1623530f Canada/Mountain a5e8740986509893
        Canada/Newfoundland 51a11a99e7c9a430 Canada/Pacific 98e736a327983863
        Canada/Saskatchewan 696a968d92a0a816 Canada/Yukon 50fa63cae4619f84
        Chile/Continental 4dcff5325162dc27 Chile/EasterIsland 5d5c437b65e9aff7
        Cuba 3e800943590c5e14 EET 1fad7eaeeb21efdb
        EST 320a1222cc2dd283 EST5EDT 051613b87e77522e
        Egypt e695915df2771ab4 Eire 124834f599c54e71
        Etc/GMT e216e9daae0237ca Etc/GMT+0 2449d5fa020d0c69
        Etc/GMT+1 1dd088b2e12e9ac6 Etc/GMT+10 0fdaaaa4b0bf45a2
        Etc/GMT+11 79d3cfb5effc69a5 Etc/GMT+12 8c7a29c04be6c7fc
        Etc/GMT+2 93c17fdf39f58ee3 Etc/GMT+3 537f45b4005b1ec0
        Etc/GMT+4 1522b262f0d75075 Etc/GMT+5 29a785c730092492
        Etc/GMT+6 a82a489e53bacb6f Etc/GMT+7 374b88fddc77634c
        Etc/GMT+8 4b43b0a543c12881 Etc/GMT+9 576f42126520339e
        Etc/GMT-0 7056b1753df4d69f Etc/GMT-1 551feb17fbe1adbc
        Etc/GMT-10 a570bc8282dcfc24 Etc/GMT-11 15a51b6f88f5d887
        Etc/GMT-12 09854f0023dba08a Etc/GMT-13 4f692630b0f0fc8d
        Etc/GMT-14 236c78f71fa67f18 Etc/GMT-2 66ccc94b0c92c1a5
        Etc/GMT-3 67767ecf12b00282 Etc/GMT-4 59372bf994051193
        Etc/GMT-5 9c191cd8360589b0 Etc/GMT-6 c8c760212fe17619
        Etc/GMT-7 af943a7b1ca4c2b6 Etc/GMT-8 d01eff90dffa68b7
        Etc/GMT-9 e377dc66928b7554 Etc/GMT0 f15a0c90b4ddc30e
        Etc/Greenwich 3fd7ca2df494a20a Etc/UCT 65b1d6b9b6d170de
        Etc/UTC f0acada85e0bc9ac Etc/Universal f0e391015c950ceb
        Etc/Zulu 82568aa7c6945f88 Europe/Amsterdam 63f76723edf0b716
        Europe/Andorra ae96aea4d7833d65 Europe/Astrakhan 3295bf04183b0b19
        Europe/Athens 3dec8ace93382a16 Europe/Belfast 352e7add1ad27758
        Europe/Belgrade 904a6c42985ae5f2 Europe/Berlin b0f10d014af98e30
        Europe/Bratislava 8a3e36233b26e02a Europe/Brussels 80867ef0705514d1
        Europe/Bucharest 23f8164b8194e213 Europe/Budapest fa8a0f096ae8e17c
        Europe/Busingen 4bdd1eca893d839e Europe/Chisinau 9742580a1c741695
        Europe/Copenhagen d06ca03803de9d60 Europe/Dublin 4d2f630766b5549b
        Europe/Gibraltar 0636e87d5f0eec30 Europe/Guernsey 7a5fb4769364d09c
        Europe/Helsinki f60a5fa53dca9ccd Europe/Isle_of_Man 7a16716c60472cee
        Europe/Istanbul 2055e55140e0d40b Europe/Jersey c925b3de795fecf9
        Europe/Kaliningrad ff5a6dfb1de5996e Europe/Kiev 54abf0fb6279af21
        Europe/Kirov 2eaf1d417a123307 Europe/Kyiv ae4196e84925f992
        Europe/Lisbon 2d127448298243b9 Europe/Ljubljana 949930ae0c6e338c
        Europe/London 470fb1ac1d04856c Europe/Luxembourg fd03e1019b273d2b
        Europe/Madrid fdb8cc76b647edab Europe/Malta fa898763a5d50316
        Europe/Mariehamn 66408ff8f4a5cb56 Europe/Minsk bdbbad672538a8b1
        Europe/Monaco 60040cb6348e6614 Europe/Moscow 8ddeb1c61ff44d29
        Europe/Nicosia d1a54685514a334d Europe/Oslo 22985db9f06296b7
        Europe/Paris af72178ab41a165a Europe/Podgorica 04e4aea89f5882fb
        Europe/Prague a9cb542692f7e4d8 Europe/Riga 9921533857e75b53
        Europe/Rome 701e57525e3824c9 Europe/Samara 664e08dc7989cbd1
        Europe/San_Marino f14dec9b3c86a89f Europe/Sarajevo c23a0b692b8b33b6
        Europe/Saratov d6781a982b1dbc22 Europe/Simferopol 37c69cef335db5c3
        Europe/Skopje 4d314e7cfb984a74 Europe/Sofia 37ecc88fd7cf6eb4
        Europe/Stockholm f876508fec7619d9 Europe/Tallinn 1e6d8a598549eed3
        Europe/Tirane 3b632db317fe47d6 Europe/Tiraspol 3921ac54d2cb4b43
        Europe/Ulyanovsk b059a69cbe46de24 Europe/Uzhgorod 2e4b0075a70178a5
        Europe/Vaduz 9c4a7db5bd23622a Europe/Vatican 72f1d116cebf540d
        Europe/Vienna 158c3b6c1d0cc95d Europe/Vilnius 8ce7923bdad519d4
        Europe/Volgograd dc513078731a1e5c Europe/Warsaw c53b3e350a6e6fe7
        Europe/Zagreb 270920f71d8387d8 Europe/Zaporozhye 5718c6b2d35adb45
        Europe/Zurich b65cb0e3b21397e0 Factory 05a0aa0eeef7645d
        GB d0402b093f93b460 GB-Eire 3b85b968307de5b0
        GMT a8f213eba503ab8f GMT+0 8643f1cad6041504
        GMT-0 c67f13a90d5b9d52 GMT0 1da85b950bc6392d
        Greenwich 2ee25e5722de44eb HST 66e5dd596a43d7ec
        Hongkong 8c384dff8b877984 Iceland cc7744166ecbb204
        Indian/Antananarivo ab32221a927b54bd Indian/Chagos 5685fce0c848f3bd
        Indian/Christmas 652578bee860d639 Indian/Cocos 4f518938a7c4b0f6
        Indian/Comoro ac8c0ba2b262a088 Indian/Kerguelen f1e3a57b426e96bd
        Indian/Mahe 05afd017f1b535ee Indian/Maldives 541f935cc1257faa
        Indian/Mauritius 1f0bb987cff8baaa Indian/Mayotte 8fe88346b6aa2955
        Indian/Reunion c26f58269b1e5899 Iran 728bdf1c71391bfa
        Israel 8e653776359044c6 Jamaica 945d5b8775f9e862
        Japan 6168b7711a53d944 Kwajalein 9a5547998f8f3f83
        Libya 0bdc1fd16dac1c93 MET aba50850527c3b8f
        MST 16457e6f23abff54 MST7MDT 462e7ba472ecde6f
        Mexico/BajaNorte 4ed0211fc07cfaab Mexico/BajaSur dd61d6ee2abb40c4
        Mexico/General b2961e401c8e7e2c NZ b6aa361ec52a124e
        NZ-CHAT 40e29556a406faf9 Navajo 4d816d59651da2d1
        PRC 8988b03aa75f0c13 PST8PDT 6d7c32911ee6cc70
        Pacific/Apia ba610a9d497fa5e4 Pacific/Auckland 2e145326332a45ef
        Pacific/Bougainville 30df139a1540f33f Pacific/Chatham 833344451259006a
        Pacific/Chuuk c001e371a1d21215 Pacific/Easter 12ad083dfee5c98b
        Pacific/Efate a2f641920abac61d Pacific/Enderbury 7aeefb5ddc39f91b
        Pacific/Fakaofo d6c7c5e239c72902 Pacific/Fiji 4e0585299d7a6cda
        Pacific/Funafuti 206fdbe99becfd50 Pacific/Galapagos 4b6484132240fa9c
        Pacific/Gambier 7e8882cd3433e103 Pacific/Guadalcanal 4d94e6d81841e6c8
        Pacific/Guam 4687d033a5694b5d Pacific/Honolulu 506bc6bdfe37ee6f
        Pacific/Johnston 2b215a8e088a159d Pacific/Kanton dd652f7ed3706527
        Pacific/Kiritimati faac097972302307 Pacific/Kosrae c397799a72a7443d
        Pacific/Kwajalein 1a4edf3f3e128343 Pacific/Majuro 9be334ab2a01e8b6
        Pacific/Marquesas 99b2f7abb87fc21f Pacific/Midway 670843175839b4fb
        Pacific/Nauru 78056b22e2cc3df2 Pacific/Niue aad77372f5f49786
        Pacific/Norfolk 3f9b5d958b6051e3 Pacific/Noumea 763ffd686ec95e8c
        Pacific/Pago_Pago 05a93336ec6460eb Pacific/Palau 8fb5c66a9e82f593
        Pacific/Pitcairn 2f98a6148468faa8 Pacific/Pohnpei a12485928ad83736
        Pacific/Ponape 773a3c8c92484f16 Pacific/Port_Moresby fff80cb67003ee82
        Pacific/Rarotonga e5138088124a4e20 Pacific/Saipan 0a5395363154240b
        Pacific/Samoa 9e1f838f348f9643 Pacific/Tahiti 7302827af720049e
        Pacific/Tarawa 91f3d3d396b8f783 Pacific/Tongatapu ee0087d203dd1be6
        Pacific/Truk 731839481ac7a2eb Pacific/Wake 540d848070726415
        Pacific/Wallis aef1e914ff6dc6a9 Pacific/Yap 833cb796b715320d
        Poland 5eb157cda71a68b0 Portugal 07e297d8fb11753f
        ROC 79fe7f4dd272f414 ROK 5556a774db174be4
        Singapore 481b033716312140 Turkey 92bcda91a18f7193
        UCT 4a614580851cfa37 US/Alaska e9109ca9485f9d9e
        US/Aleutian c6e84c38f7e7c985 US/Arizona 7dbd018495d2979e
        US/Central 32603681dfeba5ef US/East-Indiana 5db9649c2f10563a
        US/Eastern 4e8a6821aef719ad US/Hawaii d3b6ceba317ad97f
        US/Indiana-Starke c6111696734aab40 US/Michigan 7fa8d1877443f2b3
        US/Mountain 359307ae7304b7e1 US/Pacific f7ecb3c24c480db6
        US/Samoa d9bf782a75535042 UTC 17954efdb600244d
        Universal d73f71a0db7fe1aa W-SU 6705776eefc60f3a
        WET 9886d9c2002edd40 Zulu 380185217ef398cb
        """
}
