import JSON
import Kernel
import Web

/// What we can do, said in the standard's own way (RFC 7644, 4; RFC 7643, 5 to 7).
enum SCIMDiscovery {
    private static let providerSchema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
    private static let typeSchema = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
    private static let schemaSchema = "urn:ietf:params:scim:schemas:core:2.0:Schema"

    static func provider(_ base: String) -> JSONValue {
        [
            "schemas": [.string(providerSchema)],
            "patch": ["supported": true],
            "bulk": ["supported": false, "maxOperations": 0, "maxPayloadSize": 0],
            "filter": ["supported": true, "maxResults": .int(Int64(Provisioning.largestPage))],
            "changePassword": ["supported": false], "sort": ["supported": false], "etag": ["supported": true],
            "authenticationSchemes": [
                [
                    "type": "oauthbearertoken", "name": "API key",
                    "description": "An API key whose role has the right user.provision, as a bearer token.",
                    "specUri": "https://www.rfc-editor.org/info/rfc6750", "primary": true,
                ]
            ],
            "meta": [
                "resourceType": "ServiceProviderConfig",
                "location": .string(base + Provisioning.base + "/ServiceProviderConfig"),
            ],
        ]
    }

    static func types(_ base: String) -> [JSONObject] {
        [
            type("User", "Users", "The people who work here.", Provisioning.userSchema, base),
            type("Group", "Groups", "Roles and locations, and who has them.", Provisioning.groupSchema, base),
        ]
    }

    private static func type(
        _ name: String, _ place: String, _ summary: String, _ schema: String, _ base: String
    ) -> JSONObject {
        var object = JSONObject()
        object["schemas"] = [.string(typeSchema)]
        object["id"] = .string(name)
        object["name"] = .string(name)
        object["description"] = .string(summary)
        object["endpoint"] = .string("/" + place)
        object["schema"] = .string(schema)
        object["schemaExtensions"] = []
        object["meta"] = [
            "resourceType": "ResourceType",
            "location": .string("\(base)\(Provisioning.base)/ResourceTypes/\(name)"),
        ]
        return object
    }

    static func schemas(_ base: String) -> [JSONObject] {
        [
            schema(Provisioning.userSchema, "User", SCIMAttribute.user, base),
            schema(Provisioning.groupSchema, "Group", SCIMAttribute.group, base),
        ]
    }

    private static func schema(
        _ id: String, _ name: String, _ attributes: [SCIMAttribute], _ base: String
    ) -> JSONObject {
        var object = JSONObject()
        object["schemas"] = [.string(schemaSchema)]
        object["id"] = .string(id)
        object["name"] = .string(name)
        object["description"] = .string(name == "User" ? "A person who works here." : "A role or a location.")
        object["attributes"] = .array(attributes.map(\.json))
        object["meta"] = [
            "resourceType": "Schema", "location": .string("\(base)\(Provisioning.base)/Schemas/\(id)"),
        ]
        return object
    }
}
