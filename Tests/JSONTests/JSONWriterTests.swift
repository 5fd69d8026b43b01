import JSON
import Testing

@Suite("JSON writer") struct JSONWriterTests {
    @Test("members and elements are separated, nested containers too") func structure() {
        var json = JSONWriter()
        json.beginObject()
        json.key("a"); json.string("x")
        json.key("list")
        json.beginArray()
        json.int(1); json.bool(true); json.null(); json.double(0.5)
        json.beginObject(); json.endObject()
        json.beginArray(); json.endArray()
        json.endArray()
        json.key(named: "quo\"te"); json.value(["k": [1]])
        json.field("i", 7); json.field("big", Int64.min); json.field("d", 2.5); json.field("t", false);
        json.field("s", "y")
        json.field("gone", ifPresent: nil); json.field("here", ifPresent: "z"); json.field("v", JSONValue.null)
        json.key("raw"); json.raw("[1, 2]".utf8)
        json.endObject()
        #expect(
            String(decoding: json.bytes, as: UTF8.self) == """
                {"a":"x","list":[1,true,null,0.5,{},[]],"quo\\"te":{"k":[1]},"i":7,"big":-9223372036854775808,\
                "d":2.5,"t":false,"s":"y","here":"z","v":null,"raw":[1, 2]}
                """)
    }

    @Test("control characters, quotes and line separators are escaped") func escapes() {
        var json = JSONWriter()
        json.string("\"\\/\u{0}\u{8}\n\r\t\u{1F}\u{7F}é\u{2028}\u{2029}\u{2027}😀")
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == "\"\\\"\\\\/\\u0000\\u0008\\n\\r\\t\\u001f\u{7F}é\\u2028\\u2029\u{2027}😀\"")
    }

    @Test("markup is escaped where asked for, and reads back the same") func markup() throws {
        var json = JSONWriter(escapesMarkup: true)
        json.string("</script>&amp;")
        #expect(String(decoding: json.bytes, as: UTF8.self) == "\"\\u003c/script\\u003e\\u0026amp;\"")
        #expect(try JSONValue(parsing: json.bytes).string == "</script>&amp;")
    }

    @Test("infinity and NaN become null") func notFinite() {
        var json = JSONWriter()
        json.beginArray()
        json.double(.infinity); json.double(.nan); json.double(-0.0)
        json.endArray()
        #expect(String(decoding: json.bytes, as: UTF8.self) == "[null,null,-0.0]")
    }

    @Test("a writer that was emptied starts anew") func emptied() {
        var json = JSONWriter()
        json.int(1)
        json.removeAll()
        json.int(2)
        #expect(json.bytes == Array("2".utf8))
    }

    @Test("an object replaces, appends and removes by name") func object() {
        var object: JSONObject = JSONObject()
        object["b"] = 1
        object["a"] = 2
        object["b"] = "x"
        object["none"] = nil
        #expect(object.keys == ["b", "a"])
        #expect(object["b"] == "x")
        object["b"] = nil
        #expect(object.keys == ["a"])
        #expect(object.count == 1)
    }

    @Test("the canonical form sorts names at every depth and drops white space") func canonical() throws {
        let value = try JSONValue(parsing: #"{ "é": 1, "z": [ {"b": 1.50, "a": 2} ], "Z": null }"#)
        #expect(String(decoding: value.canonical, as: UTF8.self) == #"{"Z":null,"z":[{"a":2,"b":1.50}],"é":1}"#)
    }

    @Test("a list of texts and a list of objects are members in one call")
    func lists() {
        var json = JSONWriter()
        json.beginObject()
        json.field("none", [String]())
        json.field("texts", ["a", "\"b\""])
        json.list("pairs", [(1, true), (2, false)]) { pair, json in
            json.field("n", pair.0)
            json.list("inner", pair.1 ? ["x"] : []) { text, json in json.field("t", text) }
        }
        json.field("last", 3)
        json.endObject()
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == #"{"none":[],"texts":["a","\"b\""],"pairs":[{"n":1,"inner":[{"t":"x"}]},{"n":2,"inner":[]}],"last":3}"#
        )
    }
}
