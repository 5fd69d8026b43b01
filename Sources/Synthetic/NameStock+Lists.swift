/// The lists, from general knowledge, each roughly in order of frequency. One string each: array literals of this size
/// are slow to compile.
extension NameStock {
    /// `sex era: names`; the era is the last birth year it covers.
    static var generalGiven: String {
        """
        m 1945: James,Robert,John,William,Richard,Charles,Donald,Thomas,George,Joseph,David,Ronald,Kenneth,Edward,\
        Paul,Frank,Harold,Raymond,Walter,Gerald,Jack,Henry,Albert,Arthur,Eugene,Ralph,Carl,Willie,Roger,Lawrence,\
        Fred,Louis,Roy,Harry,Earl,Norman,Clarence,Leroy,Ernest,Stanley,Leonard,Herbert,Bernard,Melvin,Francis,\
        Clifford,Marvin,Vernon,Theodore,Lloyd
        f 1945: Mary,Barbara,Patricia,Betty,Shirley,Carol,Nancy,Dorothy,Joan,Margaret,Helen,Ruth,Virginia,Judith,\
        Joyce,Doris,Evelyn,Jean,Frances,Martha,Beverly,Alice,Lois,Marilyn,Phyllis,Marie,Norma,Gloria,Mildred,Rose,\
        Irene,Louise,Eleanor,Elaine,Janice,Delores,Florence,Lillian,Marjorie,Ethel,Wanda,Thelma,Peggy,Edna,Geraldine,\
        Juanita,June,Bernice,Josephine,Hazel
        m 1964: James,Michael,Robert,John,David,William,Richard,Mark,Thomas,Steven,Gary,Charles,Joseph,Kenneth,\
        Donald,Ronald,Timothy,Larry,Paul,Daniel,Stephen,Jeffrey,Dennis,Kevin,Edward,George,Gregory,Jerry,Terry,Roger,\
        Bruce,Douglas,Anthony,Raymond,Keith,Randy,Frank,Wayne,Alan,Scott,Ricky,Danny,Lawrence,Glenn,Carl,Craig,Dale,\
        Phillip,Curtis,Reginald,Darryl,Barry,Russell,Tyrone
        f 1964: Mary,Linda,Patricia,Susan,Deborah,Barbara,Karen,Debra,Nancy,Donna,Cynthia,Sandra,Pamela,Sharon,\
        Kathleen,Carol,Diane,Brenda,Cheryl,Janet,Elizabeth,Kathy,Margaret,Janice,Carolyn,Denise,Judy,Rebecca,Joyce,\
        Teresa,Christine,Catherine,Shirley,Judith,Betty,Beverly,Lisa,Theresa,Connie,Ann,Gloria,Julie,Gail,Joan,Paula,\
        Peggy,Cindy,Martha,Bonnie,Jacqueline,Robin,Vanessa,Yvonne,Ellen
        m 1980: Michael,David,John,James,Robert,Christopher,William,Brian,Jason,Mark,Jeffrey,Richard,Scott,Joseph,\
        Kevin,Steven,Thomas,Timothy,Matthew,Daniel,Eric,Anthony,Charles,Gregory,Stephen,Kenneth,Paul,Ronald,Patrick,\
        Andrew,Chad,Todd,Sean,Edward,Keith,Shawn,Marcus,Travis,Ryan,Joshua,Terrence,Derrick,Jeremy,Aaron,Craig,Jamal,\
        Brent,Shane,Darren,Andre,Troy,Dwayne,Adam,Nathan
        f 1980: Jennifer,Lisa,Kimberly,Michelle,Amy,Angela,Melissa,Tammy,Mary,Tracy,Julie,Stephanie,Heather,Susan,\
        Patricia,Christine,Karen,Elizabeth,Nicole,Kelly,Dawn,Tina,Rebecca,Lori,Laura,Pamela,Cynthia,Andrea,Wendy,\
        Maria,Teresa,Deborah,Christina,Tonya,Stacy,Shannon,Tiffany,Crystal,April,Jessica,Sarah,Latoya,Danielle,\
        Monica,Erica,Carrie,Yolanda,Tamika,Denise,Rachel,Keisha,Jill,Holly,Dana
        m 1996: Michael,Christopher,Matthew,Joshua,Andrew,David,Justin,Daniel,James,Robert,John,Joseph,Ryan,Nicholas,\
        Jonathan,William,Brandon,Anthony,Kevin,Eric,Steven,Thomas,Brian,Kyle,Timothy,Alexander,Jeremy,Jacob,Zachary,\
        Adam,Tyler,Benjamin,Aaron,Jason,Richard,Patrick,Samuel,Charles,Sean,Nathan,Jordan,Cody,Marcus,Darius,Austin,\
        Travis,Terrell,Malik,Derek,Dustin,Devin,Trevor,Xavier,Isaiah
        f 1996: Jessica,Ashley,Jennifer,Amanda,Sarah,Stephanie,Brittany,Nicole,Elizabeth,Heather,Samantha,Megan,\
        Melissa,Lauren,Rachel,Amber,Danielle,Kayla,Courtney,Tiffany,Christina,Emily,Chelsea,Rebecca,Kelsey,Crystal,\
        Michelle,Kimberly,Victoria,Laura,Erin,Alexis,Jasmine,Erica,Kelly,Jamie,Katherine,Vanessa,Hannah,Taylor,\
        Allison,Ebony,Katie,Alexandra,Shannon,Mary,Sara,Andrea,Latasha,Anna,Lindsey,Morgan,Bianca,Alicia
        m 2012: Jacob,Michael,Joshua,Ethan,Matthew,Daniel,Andrew,Christopher,Joseph,Anthony,William,Alexander,Ryan,\
        David,Nicholas,Tyler,James,John,Jonathan,Nathan,Samuel,Christian,Noah,Dylan,Benjamin,Logan,Brandon,Gabriel,\
        Elijah,Aiden,Jackson,Caleb,Mason,Zachary,Isaiah,Jayden,Jordan,Luke,Jack,Connor,Evan,Isaac,Hunter,Cameron,\
        Landon,Austin,Jaylen,Dominic,Devon,Malachi,Owen,Adrian,Tristan,Trevon
        f 2012: Emily,Emma,Madison,Olivia,Hannah,Abigail,Isabella,Samantha,Elizabeth,Ashley,Alexis,Sarah,Sophia,\
        Alyssa,Grace,Ava,Taylor,Brianna,Lauren,Chloe,Natalie,Kayla,Jessica,Anna,Victoria,Mia,Hailey,Sydney,Jasmine,\
        Rachel,Morgan,Megan,Jennifer,Julia,Destiny,Kaitlyn,Ella,Katherine,Savannah,Nicole,Alexandra,Trinity,Haley,\
        Allison,Mackenzie,Faith,Aaliyah,Zoe,Nevaeh,Imani,Leah,Gabrielle,Addison,Paige
        m 2100: Liam,Noah,Oliver,Elijah,James,William,Benjamin,Lucas,Henry,Theodore,Mason,Ethan,Levi,Alexander,\
        Jackson,Michael,Daniel,Logan,Jack,Owen,Sebastian,Aiden,Samuel,Wyatt,Joseph,Hudson,Luke,Asher,Gabriel,Carter,\
        Ezra,Isaac,Lincoln,Grayson,Julian,Josiah,Caleb,Isaiah,Nolan,Miles,Kai,Eli,Jayden,Roman,Micah,Amir,Easton,\
        Silas,Kingston,Zion,Axel,Malachi,Bodhi,Ari
        f 2100: Olivia,Emma,Charlotte,Amelia,Ava,Sophia,Isabella,Mia,Evelyn,Harper,Luna,Camila,Gianna,Elizabeth,\
        Eleanor,Ella,Abigail,Scarlett,Emily,Aria,Penelope,Chloe,Layla,Mila,Nora,Hazel,Madison,Ellie,Lily,Nova,Isla,\
        Grace,Violet,Aurora,Riley,Zoey,Willow,Emilia,Stella,Zoe,Naomi,Hannah,Leah,Maya,Ivy,Kinsley,Nevaeh,Amara,\
        Skylar,Serenity,Ruby,Autumn,Genesis,Journee
        """
    }

    /// `stock sex: names`
    static var otherGiven: String {
        """
        es m: José,Juan,Luis,Carlos,Jesús,Miguel,Francisco,Jorge,Antonio,Pedro,Manuel,Ángel,Alejandro,Roberto,Rafael,\
        Víctor,Ricardo,Mario,Javier,Daniel,Fernando,Eduardo,Óscar,Martín,Héctor,Ramón,Raúl,Rubén,Sergio,Andrés,\
        Enrique,Diego,Arturo,Alfredo,Gerardo,Julio,César,Mateo,Santiago,Adrián,Iván,Salvador,Guillermo,Ignacio,\
        Armando,Ernesto,Marco,Gustavo,Emilio,Sebastián,Ismael,Joaquín,Felipe,Hugo,Rodrigo,Tomás,Nicolás,Esteban,\
        Agustín,Gilberto,Leonel,Moisés,Abel,Félix
        es f: María,Guadalupe,Ana,Rosa,Carmen,Juana,Margarita,Leticia,Elena,Teresa,Patricia,Gloria,Silvia,Yolanda,\
        Martha,Sofía,Alicia,Verónica,Isabel,Norma,Claudia,Laura,Adriana,Gabriela,Alejandra,Daniela,Valentina,Camila,\
        Lucía,Mariana,Esperanza,Dolores,Irma,Blanca,Araceli,Marisol,Fernanda,Beatriz,Angélica,Mónica,Karla,Diana,Luz,\
        Josefina,Esther,Rocío,Maribel,Natalia,Graciela,Paola,Lorena,Ximena,Susana,Renata,Ofelia,Catalina,Consuelo,\
        Raquel,Nayeli,Itzel,Inés,Pilar,Belén,Concepción
        vi m: Minh,Hung,Tuan,Anh,Dung,Quang,Huy,Long,Nam,Thanh,Duc,Khanh,Vinh,Phuc,Bao,Son,Tien,Khoa,Hieu,Binh
        vi f: Linh,Huong,Lan,Thu,Mai,Hoa,Thuy,Trang,Ngoc,Phuong,Hanh,Nga,Kim,Yen,Hang,Tuyet,Van,Nhung,Dao,Xuan
        zh m: Wei,Jun,Ming,Jian,Hao,Lei,Qiang,Feng,Bin,Yong,Tao,Kai,Peng,Bo,Chao,Jie,Guang,Xin,Zhi,Cheng
        zh f: Mei,Li,Xiu,Fang,Yan,Jing,Hui,Ying,Xia,Na,Min,Lan,Yu,Qing,Hong,Ling,Juan,Ting,Rui,Shu
        ru m: Sergei,Aleksandr,Dmitry,Vladimir,Andrei,Mikhail,Ivan,Alexei,Igor,Oleg,Boris,Viktor,Nikolai,Pavel,Yuri,\
        Maxim,Konstantin,Leonid
        ru f: Olga,Elena,Tatiana,Natalia,Irina,Svetlana,Anna,Marina,Galina,Ludmila,Nina,Yulia,Larisa,Ekaterina,\
        Oksana,Valentina,Vera,Daria
        ar m: Mohammed,Ahmed,Ali,Omar,Hassan,Khalid,Ibrahim,Yusuf,Mustafa,Hussein,Abdullah,Samir,Tariq,Karim,Nabil,\
        Walid,Bilal,Rami
        ar f: Fatima,Aisha,Maryam,Zainab,Layla,Noor,Amina,Hana,Salma,Yasmin,Huda,Rania,Samira,Nadia,Khadija,Dina,\
        Lina,Iman
        ht m: Jean,Pierre,Jacques,Emmanuel,Wilner,Frantz,Junior,Marc,Ronald,Guy,Jean-Claude,Jean-Baptiste,Stanley,\
        Évens,Wisly,Mackenson
        ht f: Marie,Rose,Nadège,Mirlande,Guerda,Marie-Ange,Roseline,Yvrose,Darline,Fabiola,Bernadette,Ketly,Widline,\
        Magalie,Islande,Lovelie
        ko m: Min-jun,Ji-hoon,Sung-ho,Jae-won,Dong-hyun,Hyun-woo,Young-ho,Joon,Sang-min,Tae-yang,Kyung-soo,Jin
        ko f: Ji-woo,Min-seo,Soo-jin,Eun-ji,Hye-jin,Young-hee,Mi-sook,Ha-eun,Seo-yeon,Kyung-hee,Yuna,Sun-hee
        tl m: Jose,Ramon,Rodel,Jun,Reynaldo,Danilo,Rommel,Arnel,Ferdinand,Joel,Edwin,Rogelio
        tl f: Maria,Rosario,Lourdes,Maricel,Jocelyn,Rowena,Imelda,Cristina,Luzviminda,Analyn,Divina,Marites
        """
    }

    /// `stock: names`
    static var familyNames: String {
        """
        en: Smith,Johnson,Williams,Brown,Jones,Davis,Miller,Wilson,Moore,Taylor,Anderson,Thomas,Jackson,White,Harris,\
        Martin,Thompson,Robinson,Clark,Lewis,Lee,Walker,Hall,Allen,Young,King,Wright,Scott,Green,Adams,Baker,Nelson,\
        Hill,Campbell,Mitchell,Roberts,Carter,Phillips,Evans,Turner,Parker,Collins,Edwards,Stewart,Morris,Murphy,\
        Cook,Rogers,Morgan,Cooper,Peterson,Bailey,Reed,Kelly,Howard,Cox,Ward,Richardson,Watson,Brooks,Wood,James,\
        Bennett,Gray,Hughes,Price,Myers,Long,Foster,Sanders,Ross,Powell,Sullivan,Russell,Jenkins,Perry,Butler,Barnes,\
        Fisher,Henderson,Coleman,Simmons,Patterson,Jordan,Reynolds,Hamilton,Graham,Wallace,Cole,West,Woods,Stone,\
        Ford,Owens,Gibson,McDonald,Harrison,Marshall,Ellis,Stevens,Burns,Freeman,Webb,Tucker,Porter,Hunter,Hicks,\
        Crawford,Henry,Boyd,Mason,Kennedy,Warren,Dixon,Burke,Hunt,Gordon,Holmes,Rice,Robertson,Black,Daniels,Palmer,\
        Mills,Nichols,Grant,Knight,Ferguson,Hawkins,Dunn,Perkins,Hudson,Spencer,Gardner,Payne,Pierce,Berry,Matthews,\
        Arnold,Wagner,Willis,Watkins,Olson,Carroll,Duncan,Snyder,Hart,Cunningham,Lane,Bradley,Andrews,Harper,Fox,\
        Riley,Armstrong,Weaver,Greene,Lawrence,Elliott,Sims,Austin,Peters,Kelley,Franklin,Lawson,Fields,Ryan,Schmidt,\
        Carr,Wheeler,Chapman,Oliver,Montgomery,Richards,Williamson,Johnston,Banks,Meyer,Bishop,McCoy,Howell,Morrison,\
        Hansen,Harvey,Little,Burton,Stanley,George,Jacobs,Reid,Fuller,Lynch,Dean,Gilbert,Garrett,Welch,Larson,\
        Frazier,Burke,Hanson,Day,Moreno,Bowman,Fowler,Brewer,Hoffman,Carlson,Silva,Pearson,Holland,Douglas,Fleming,\
        Jensen,Vargas,Byrd,Davidson,Hopkins,May,Terry,Wade,Soto,Walters,Curtis,Neal,Caldwell,Lowe,Jennings,Barnett,\
        Graves,Horton,Shelton,Barrett,O'Brien,Sutton,Gregory,McKinney,Lucas,Miles,Craig,Chambers,Holt,Lambert,\
        Fletcher,Watts,Bates,Hale,Rhodes,Beck,Newman,Haynes,McDaniel,Bush,Vaughn,Parks,Dawson,Norris,Hardy,Love,\
        Steele,Curry,Powers,Schultz,Barker,Guzman,Page,Munoz,Ball,Keller,Chandler,Weber,Leonard,Walsh,Lyons,Ramsey,\
        Wolfe,Schneider,Mullins,Benson,Sharp,Bowen,Barber,Cummings,Hines,Baldwin,Griffith,Hubbard,Salazar,Reeves,\
        Stevenson,Burgess,Tate,Cross,Garner,Mann,Mack,Moss,Thornton,McGee,Farmer,Delgado,Glover,Manning,Cohen,Harmon,\
        Rodgers,Robbins,Newton,Blair,Higgins,Ingram,Reese,Cannon,Strickland,Townsend,Potter,Goodwin,Walton,Rowe,\
        Hampton,Patton,Swanson,Goodman,Maldonado,Yates,Becker,Hodges,O'Connor,Adkins,Webster,Padilla,Bryant,Malone,\
        Wolf,Conner,Floyd,Moran,Norman,Poole,Underwood,O'Neal,Singleton,Kline,Whitaker,Washington,Jefferson,Booker,\
        Gaines,Cobb,Patel,Shah,Singh,Kaminski,Nowak,Kowalski,Novak,Rossi,Russo,Esposito,D'Angelo,DeLuca,Romano,\
        O'Donnell,O'Hara,O'Malley,McCarthy,McKenzie,St. Clair,Van Dyke,Begay,Yazzie,Goldstein,Levine,Friedman,Katz,\
        Sørensen,Müller,Lindqvist,Øverland,Nakamura,Tanaka,Kahale,Fitzgerald,Gallagher
        es: García,Rodríguez,Martínez,Hernández,López,González,Pérez,Sánchez,Ramírez,Torres,Flores,Rivera,Gómez,Díaz,\
        Reyes,Cruz,Morales,Ortiz,Gutiérrez,Ramos,Chávez,Ruiz,Álvarez,Castillo,Jiménez,Vásquez,Mendoza,Romero,Moreno,\
        Herrera,Medina,Aguilar,Castro,Vargas,Guzmán,Méndez,Muñoz,Fernández,Salazar,Garza,Soto,Vega,Contreras,Delgado,\
        Ríos,Guerrero,Estrada,Sandoval,Ortega,Núñez,Maldonado,Domínguez,Alvarado,Santiago,Silva,Espinoza,Padilla,\
        Valdez,Márquez,Acosta,Rojas,Mejía,Juárez,Figueroa,Luna,Campos,Navarro,Ávila,Molina,Robles,Cabrera,Ayala,\
        Cervantes,Carrillo,Salinas,Suárez,Fuentes,León,Pacheco,Cárdenas,Solís,Valencia,Ochoa,Velásquez,Serrano,\
        Cortez,Rosales,Miranda,Trujillo,Orozco,Zamora,Salas,Villarreal,Escobar,Barrera,Rosario,Peña,Calderón,Montoya,\
        Meza,Camacho,Cisneros,Bautista,Esparza,Lara,Rangel,Macías,Villa,Galván,Beltrán,Zavala,Corona,Arellano,\
        Velasco,Duarte,Tapia,Nava,Bernal,Gallegos,Zúñiga,Palacios,Osorio,Pineda,Murillo,Quintero,Rosas,Franco,Vélez,\
        Aguirre,Paredes,Bravo,Colón,de la Cruz,Cuevas,Escamilla,Félix,Montes,Portillo,Quiñones,Ibarra,Nieves,Leal,\
        Treviño,Cantú,de León,Lozano,Esquivel,Ponce,Rentería,Del Toro,Ventura,Zepeda,Arroyo,Sierra,Tovar,Mata,\
        Casillas
        vi: Nguyen,Tran,Le,Pham,Hoang,Huynh,Phan,Vu,Vo,Dang,Bui,Do,Ho,Ngo,Duong,Ly,Truong,Dinh,Lam,Mai
        zh: Wang,Li,Zhang,Liu,Chen,Yang,Huang,Zhao,Wu,Zhou,Xu,Sun,Ma,Zhu,Hu,Guo,He,Lin,Gao,Luo,Zheng,Liang,Tang,Feng
        ru: Ivanov,Smirnov,Kuznetsov,Popov,Petrov,Volkov,Sokolov,Lebedev,Kozlov,Novikov,Morozov,Pavlov,Orlov,Makarov,\
        Zaitsev,Belov,Gusev,Titov
        ar: Ahmed,Ali,Hassan,Hussein,Mohamed,Khan,Ibrahim,Khalil,Saleh,Abdullah,Al-Masri,Haddad,Mansour,Nasser,\
        Najjar,Al-Sayed,Farah,Aziz
        ht: Jean,Pierre,Joseph,Charles,Louis,Jean-Baptiste,Saint-Louis,Toussaint,Desir,Pierre-Louis,Etienne,François,\
        Augustin,Dorvil,Baptiste,Estimé,Célestin,Paul
        ko: Kim,Lee,Park,Choi,Jung,Kang,Cho,Yoon,Jang,Lim,Han,Oh,Seo,Shin
        tl: Santos,Reyes,Cruz,Bautista,Del Rosario,Dela Cruz,Mendoza,Aquino,Ramos,Villanueva,Castillo,Manalo,Pascual,\
        Dizon
        """
    }

    /// What a given name is commonly shortened to.
    static var nicknames: String {
        """
        James=Jim,Robert=Bob,John=Jack,William=Bill,Richard=Rick,Charles=Chuck,Thomas=Tom,Joseph=Joe,Michael=Mike,\
        David=Dave,Christopher=Chris,Daniel=Dan,Matthew=Matt,Anthony=Tony,Steven=Steve,Stephen=Steve,Kenneth=Ken,\
        Edward=Ed,Ronald=Ron,Timothy=Tim,Jeffrey=Jeff,Gregory=Greg,Joshua=Josh,Andrew=Drew,Nicholas=Nick,\
        Benjamin=Ben,Samuel=Sam,Alexander=Alex,Jonathan=Jon,Zachary=Zach,Nathan=Nate,Lawrence=Larry,Raymond=Ray,\
        Eugene=Gene,Theodore=Ted,Patrick=Pat,Donald=Don,Gerald=Jerry,Walter=Walt,Gabriel=Gabe,Isaac=Ike,Dominic=Dom,\
        Elizabeth=Liz,Patricia=Pat,Margaret=Peggy,Barbara=Barb,Deborah=Debbie,Debra=Deb,Susan=Sue,Jennifer=Jen,\
        Kimberly=Kim,Catherine=Cathy,Katherine=Kate,Kathleen=Kathy,Rebecca=Becky,Christine=Chris,Christina=Tina,\
        Jessica=Jess,Amanda=Mandy,Stephanie=Steph,Samantha=Sam,Victoria=Vicky,Pamela=Pam,Cynthia=Cindy,Judith=Judy,\
        Jacqueline=Jackie,Dorothy=Dot,Virginia=Ginny,Alexandra=Lexi,Abigail=Abby,Madison=Maddie,Danielle=Dani,\
        Theresa=Terri,Josephine=Jo,Eleanor=Ellie,Isabella=Bella,Charlotte=Charlie,Penelope=Penny,José=Pepe,\
        Francisco=Paco,Jesús=Chuy,Ignacio=Nacho,Eduardo=Lalo,Roberto=Beto,Alejandro=Alex,Enrique=Kike,Guadalupe=Lupe,\
        María=Mari,Dolores=Lola,Rosa=Rosita,Isabel=Chabela,Consuelo=Chelo,Gabriela=Gaby,Alejandra=Ale,Fernanda=Fer,\
        Josefina=Pina,Francisca=Paquita,Manuel=Manny,Rafael=Rafa,Antonio=Toño,Guillermo=Memo
        """
    }
}
